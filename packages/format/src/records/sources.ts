import { decodeSealedJson, encodeSealedJson } from "../json.ts";
import { Shape } from "../shape.ts";
import { assertVersion, formatVersion } from "./dataset.ts";
import { decodeObjectRef, type ObjectRef } from "./objects.ts";

/** A commit that versions up to this one have taken in. */
export interface AbsorbedCommit {
  id: string;
  /** The version that took it in. */
  version: number;
  /** Number in the index of its first block and of its first row group; the others follow. */
  firstBlock: number;
  firstGroup: number;
  blocks: number;
  groups: number;
  objects: ObjectRef[];
}

/** Two commits that wrote one block differently; the winner's points are the block's. */
export interface Conflict {
  block: string;
  winner: string;
  loser: string;
}

/** What only publishers, `gc` and `verify` need to know of a version. */
export interface Sources {
  commits: AbsorbedCommit[];
  conflicts: Conflict[];
}

export function encodeSources(sources: Sources): Uint8Array {
  return encodeSealedJson({ format: "pocaduck", formatVersion, ...sources });
}

export function decodeSources(key: string, bytes: Uint8Array): Sources {
  const shape = new Shape(key, decodeSealedJson(key, bytes));
  assertVersion(key, shape);
  return {
    commits: shape.objects("commits").map((commit) => ({
      id: commit.string("id"),
      version: commit.count("version"),
      firstBlock: commit.count("firstBlock"),
      firstGroup: commit.count("firstGroup"),
      blocks: commit.count("blocks"),
      groups: commit.count("groups"),
      objects: commit.objects("objects").map(decodeObjectRef),
    })),
    conflicts: shape.objects("conflicts").map((conflict) => ({
      block: conflict.string("block"),
      winner: conflict.string("winner"),
      loser: conflict.string("loser"),
    })),
  };
}
