import type { Document } from "../document.ts";
import type { Metadata } from "../metadata.ts";
import type { LabelType } from "../volume.ts";

/** A Zarr array of labels, checked. Shapes and indices are in the order of the array's axes. */
export interface ZarrArray {
  path: string;
  /** Its metadata object, for messages. */
  key: string;
  shape: number[];
  chunkShape: number[];
  type: LabelType;
  fill: bigint;
  dimensionNames: unknown;
  codecs: Codec[];
  sharding: Sharding | undefined;
  /** The key of a stored object, which is a shard where there are shards. */
  keyOf(index: number[]): string;
}

export interface Codec {
  name: string;
  configuration: Document;
}

export interface Sharding {
  shardShape: number[];
  indexAtStart: boolean;
  indexCodecs: Codec[];
}

export function parseCodecs(metadata: Metadata, name: string, value: unknown): Codec[] {
  if (!Array.isArray(value)) throw metadata.invalid(name, value);
  return value.map((codec: unknown) => {
    const short = typeof codec === "string" ? { name: codec } : codec;
    const { name: codecName, configuration = {} } = metadata.document(name, short);
    return {
      name: metadata.text(name, codecName),
      configuration: metadata.document(name, configuration),
    };
  });
}
