import { decodeSealedJson, encodeSealedJson } from "../json.ts";
import { commitKey } from "../layout.ts";
import { Shape } from "../shape.ts";
import { assertVersion, formatVersion } from "./dataset.ts";
import { decodeTableRef, type TableRef } from "./objects.ts";

/** A block of a commit. */
export interface CommittedBlock {
  id: string;
  pairs: number;
  points: number;
  /** Of its rows whatever their order; opaque. Rivals whose digests differ wrote different points. */
  digest: string;
  /** Least and greatest coordinate on each axis, inclusive; absent without points. 64-bit integers are rounded outwards. */
  min?: number[];
  max?: number[];
}

/** One durable step of a worker. Blocks and row groups are numbered from 0 within it. */
export interface Commit {
  id: string;
  worker: string;
  /** The version this worker built on; 0 before the first. */
  base: number;
  /** In the order of the block numbers that the extents use. */
  blocks: CommittedBlock[];
  /** Row groups count on from one file to the next. */
  points: TableRef[];
  extents: TableRef[];
}

export function encodeCommit(commit: Commit): Uint8Array {
  return encodeSealedJson({ format: "pocaduck", formatVersion, ...commit });
}

/** @throws {FormatError} `corrupt` when the record is damaged or is not `id`'s. */
export function decodeCommit(id: string, bytes: Uint8Array): Commit {
  const key = commitKey(id);
  const shape = new Shape(key, decodeSealedJson(key, bytes));
  assertVersion(key, shape);
  shape.oneOf("id", [id]);
  return {
    id,
    worker: shape.string("worker"),
    base: shape.count("base"),
    blocks: shape.objects("blocks").map(decodeBlock),
    points: shape.objects("points").map(decodeTableRef),
    extents: shape.objects("extents").map(decodeTableRef),
  };
}

function decodeBlock(shape: Shape): CommittedBlock {
  const block: CommittedBlock = {
    id: shape.string("id"),
    pairs: shape.count("pairs"),
    points: shape.count("points"),
    digest: shape.string("digest"),
  };
  if (shape.has("min")) block.min = shape.numbers("min");
  if (shape.has("max")) block.max = shape.numbers("max");
  return block;
}
