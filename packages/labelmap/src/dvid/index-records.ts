import { decodeEnvelope } from "../envelope.ts";
import { LabelmapError } from "../errors.ts";
import { decodeLabelIndex, type LabelIndex } from "../label-index.ts";
import { quote } from "./quote.ts";
import { collect } from "./transport.ts";

/**
 * The answer of `indices-compressed`: for each label its size, itself, and its index in an envelope.
 * @throws {LabelmapError} `unavailable` when it is cut, `corrupt` when an index is.
 */
export async function readIndexRecords(
  body: AsyncIterable<Buffer>,
  labels: readonly bigint[],
  maxSize: number,
): Promise<(LabelIndex | undefined)[]> {
  const answer = await collect(body, maxSize);
  const indices: (LabelIndex | undefined)[] = [];
  let at = 0;
  for (const label of labels) {
    if (at + 16 > answer.length) throw cut(answer, at, label);
    const size = answer.readBigUInt64LE(at);
    const found = answer.readBigUInt64LE(at + 8);
    at += 16;
    // A failing DVID writes 16 zeros and ends.
    if (found !== label || size > BigInt(answer.length - at)) throw cut(answer, at - 16, label);
    indices.push(await readIndex(answer.subarray(at, at + Number(size)), label));
    at += Number(size);
  }
  if (at !== answer.length) throw cut(answer, at, 0n);
  return indices;
}

async function readIndex(record: Uint8Array, label: bigint): Promise<LabelIndex | undefined> {
  if (record.length === 0) return undefined;
  const index = decodeLabelIndex(await decodeEnvelope(record));
  if (index.label === label) return index;
  throw new LabelmapError("corrupt", `index of ${label} says it is of ${index.label}`);
}

function cut(answer: Buffer, at: number, label: bigint): LabelmapError {
  const what = quote(answer.subarray(at));
  const reason = `DVID's answer has no index of ${label} at byte ${at} of ${answer.length}, but ${what}`;
  return new LabelmapError("unavailable", reason);
}
