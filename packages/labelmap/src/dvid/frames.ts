import type { Triple } from "../block-layout.ts";
import { LabelmapError } from "../errors.ts";
import { quote } from "./quote.ts";

/** One block as DVID sent it. */
export interface BlockFrame {
  /** In blocks of its scale. */
  block: Triple;
  /** Views the answer: hold on to it, and the whole answer stays. */
  payload: Uint8Array;
}

export interface FrameLimits {
  /** Whether the block was asked for: words of an error read as coordinates were not. */
  asked: (block: Triple) => boolean;
  /** Bytes of a payload that no honest block passes. */
  maxPayload: number;
}

/**
 * The frames of an answer to `blocks` or `specificblocks`, in whatever order they came.
 * @throws {LabelmapError} `unavailable` when the answer is cut or ends in an error text: no frame of it counts, for
 * any may be the one that failed.
 */
export function readFrames(answer: Uint8Array, limits: FrameLimits): BlockFrame[] {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.length);
  const frames: BlockFrame[] = [];
  const seen = new Set<string>();
  for (let at = 0; at < answer.length; ) {
    const rest = answer.length - at;
    if (rest < 16) throw spoiled(answer, at);
    const [x, y, z] = [0, 4, 8].map((offset) => view.getInt32(at + offset, true));
    const block: Triple = [x ?? 0, y ?? 0, z ?? 0];
    const size = view.getUint32(at + 12, true);
    const key = block.join("_");
    if (!limits.asked(block) || seen.has(key) || size > limits.maxPayload || size > rest - 16) {
      throw spoiled(answer, at);
    }
    seen.add(key);
    frames.push({ block, payload: answer.subarray(at + 16, at + 16 + size) });
    at += 16 + size;
  }
  return frames;
}

/** What DVID takes in `POST blocks`. */
export function writeFrames(frames: Iterable<BlockFrame>): Uint8Array {
  const parts = Array.from(frames, ({ block, payload }) => {
    const frame = new Uint8Array(16 + payload.length);
    const view = new DataView(frame.buffer);
    block.forEach((coordinate, axis) => {
      view.setInt32(4 * axis, coordinate, true);
    });
    view.setUint32(12, payload.length, true);
    frame.set(payload, 16);
    return frame;
  });
  return Buffer.concat(parts);
}

function spoiled(answer: Uint8Array, at: number): LabelmapError {
  const what = quote(answer.subarray(at));
  const reason = `DVID's answer has no block that was asked for at byte ${at} of ${answer.length}, but ${what}`;
  return new LabelmapError("unavailable", reason);
}
