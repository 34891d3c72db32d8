import { NeuronError } from "../errors.ts";
import { murmur64 } from "./murmur.ts";

/** `neuroglancer_uint64_sharded_v1`, as its JSON spells it. */
export interface Sharding {
  "@type": "neuroglancer_uint64_sharded_v1";
  preshift_bits: number;
  hash: "identity" | "murmurhash3_x86_128";
  minishard_bits: number;
  shard_bits: number;
  minishard_index_encoding?: "raw" | "gzip";
  data_encoding?: "raw" | "gzip";
}

export interface Place {
  readonly shard: bigint;
  readonly minishard: number;
}

export function placeOf(spec: Sharding, id: bigint): Place {
  const shifted = id >> BigInt(spec.preshift_bits);
  const hash = spec.hash === "identity" ? shifted : murmur64(shifted);
  const minishard = Number(BigInt.asUintN(spec.minishard_bits, hash));
  return { shard: BigInt.asUintN(spec.shard_bits, hash >> BigInt(spec.minishard_bits)), minishard };
}

export function shardName(spec: Sharding, shard: bigint): string {
  return `${shard.toString(16).padStart(Math.ceil(spec.shard_bits / 4), "0")}.shard`;
}

/** Bounds that keep a hostile `info` from asking for an index of any size. */
export function assertSharding(value: unknown): Sharding {
  const spec = value as Sharding;
  const bits = [spec.preshift_bits, spec.minishard_bits, spec.shard_bits];
  const isKnown =
    spec["@type"] === "neuroglancer_uint64_sharded_v1" &&
    ["identity", "murmurhash3_x86_128"].includes(spec.hash);
  if (
    !isKnown ||
    bits.some((count) => !Number.isInteger(count) || count < 0 || count > 64) ||
    spec.minishard_bits > 24
  ) {
    throw new NeuronError(
      "invalid-input",
      `sharding that is not understood: ${JSON.stringify(value)}`,
    );
  }
  return spec;
}

/** An entry of a shard: where its bytes lie, counted from the end of the shard index. */
export interface ShardEntry {
  readonly id: bigint;
  readonly start: number;
  readonly end: number;
}

/** Decodes a minishard index: ids and offsets are differences, sizes plain. */
export function decodeMinishard(bytes: Uint8Array, shard: string): ShardEntry[] {
  if (bytes.length % 24 !== 0)
    throw new NeuronError("corrupt", `shard ${shard}: a minishard index of ${bytes.length} bytes`);
  const count = bytes.length / 24;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: ShardEntry[] = [];
  let id = 0n;
  let offset = 0;
  for (let index = 0; index < count; index++) {
    id = BigInt.asUintN(64, id + view.getBigUint64(index * 8, true));
    const start = offset + Number(view.getBigUint64((count + index) * 8, true));
    const end = start + Number(view.getBigUint64((2 * count + index) * 8, true));
    entries.push({ id, start, end });
    offset = end;
  }
  return entries;
}

/** One shard file of its members, each already encoded as `data_encoding` says. */
export function encodeShard(
  spec: Sharding,
  members: readonly { id: bigint; bytes: Uint8Array }[],
): Uint8Array {
  const minishards = 2 ** spec.minishard_bits;
  const groups: { id: bigint; bytes: Uint8Array }[][] = Array.from(
    { length: minishards },
    () => [],
  );
  for (const member of members) groups[placeOf(spec, member.id).minishard]?.push(member);
  const indexSize = minishards * 16;
  let size = indexSize;
  for (const { bytes } of members) size += bytes.length + 24;
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  let at = indexSize;
  const indexes = groups.map((group) => {
    group.sort((a, b) => (a.id < b.id ? -1 : 1));
    const entries = group.map(({ id, bytes }) => {
      out.set(bytes, at);
      at += bytes.length;
      return { id, start: at - bytes.length - indexSize, size: bytes.length };
    });
    return entries;
  });
  for (const [minishard, entries] of indexes.entries()) {
    const start = at - indexSize;
    let id = 0n;
    let end = 0;
    for (const [index, entry] of entries.entries()) {
      view.setBigUint64(at + index * 8, entry.id - id, true);
      view.setBigUint64(at + (entries.length + index) * 8, BigInt(entry.start - end), true);
      view.setBigUint64(at + (2 * entries.length + index) * 8, BigInt(entry.size), true);
      id = entry.id;
      end = entry.start + entry.size;
    }
    at += entries.length * 24;
    view.setBigUint64(minishard * 16, BigInt(start), true);
    view.setBigUint64(minishard * 16 + 8, BigInt(at - indexSize), true);
  }
  return out;
}
