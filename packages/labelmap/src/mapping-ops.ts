import { readFields, readVarint, WireWriter } from "./wire.ts";

/** That `original` supervoxels became part of body `mapped`. */
export interface MappingOp {
  mutationId: bigint;
  mapped: bigint;
  original: bigint[];
}

/** @throws {LabelmapError} `corrupt`. */
export function decodeMappingOps(bytes: Uint8Array): MappingOp[] {
  const ops: MappingOp[] = [];
  for (const field of readFields(bytes)) {
    if (field.number === 1) ops.push(decodeMappingOp(field.bytes));
  }
  return ops;
}

export function encodeMappingOps(ops: Iterable<MappingOp>): Uint8Array {
  const writer = new WireWriter();
  for (const { mutationId, mapped, original } of ops) {
    const op = new WireWriter();
    op.number(1, mutationId);
    op.number(2, mapped);
    if (original.length > 0) op.bytes(3, pack(original));
    writer.bytes(1, op.finish());
  }
  return writer.finish();
}

function decodeMappingOp(bytes: Uint8Array): MappingOp {
  const op: MappingOp = { mutationId: 0n, mapped: 0n, original: [] };
  for (const { number, wireType, value, bytes: packed } of readFields(bytes)) {
    if (number === 1) op.mutationId = value;
    else if (number === 2) op.mapped = value;
    else if (number !== 3) continue;
    else if (wireType === 0) op.original.push(value);
    else
      for (const at = { offset: 0 }; at.offset < packed.length; )
        op.original.push(readVarint(packed, at));
  }
  return op;
}

function pack(ids: bigint[]): Uint8Array {
  const writer = new WireWriter();
  for (const id of ids) writer.varint(id);
  return writer.finish();
}
