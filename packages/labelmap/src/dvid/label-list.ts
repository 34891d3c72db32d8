import { LabelmapError } from "../errors.ts";
import { quote } from "./quote.ts";
import { collect } from "./transport.ts";

export interface LabelSize {
  label: bigint;
  /** Voxels of scale 0. */
  voxels: bigint;
}

export async function readLabels(
  body: AsyncIterable<Buffer>,
  count: number,
): Promise<BigUint64Array> {
  const answer = await read(body, 8 * count, 8);
  const labels = new BigUint64Array(answer.length / 8);
  new Uint8Array(labels.buffer).set(answer);
  return labels;
}

export async function readLabelSizes(
  body: AsyncIterable<Buffer>,
  count: number,
): Promise<LabelSize[]> {
  const answer = await read(body, 16 * count, 16);
  return Array.from({ length: answer.length / 16 }, (_, row) => ({
    label: answer.readBigUInt64LE(16 * row),
    voxels: answer.readBigUInt64LE(16 * row + 8),
  }));
}

/** A failing DVID ends with four zeros, which no list has: labels ascend from 1. */
async function read(body: AsyncIterable<Buffer>, most: number, row: number): Promise<Buffer> {
  const answer = await collect(body, most + 65_536);
  const failed = answer.length >= 32 && answer.subarray(-32).every((byte) => byte === 0);
  if (!failed && answer.length % row === 0 && answer.length <= most) return answer;
  const what = quote(answer.subarray(Math.max(0, answer.length - 200)));
  throw new LabelmapError("unavailable", `DVID's list of labels breaks off, with ${what}`);
}
