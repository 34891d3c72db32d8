import { decodeSealedJson, encodeSealedJson } from "../json.ts";
import { latestKey, versionKey } from "../layout.ts";
import type { Schema } from "../schema.ts";
import { Shape } from "../shape.ts";
import { assertVersion, decodeSchema, formatVersion } from "./dataset.ts";
import { decodeObjectRef, decodeTableRef, type ObjectRef, type TableRef } from "./objects.ts";

export interface Totals {
  labels: number;
  pairs: number;
  points: number;
  blocks: number;
}

/** Where the index of a version is. */
export interface IndexRef {
  id: string;
  duckdb: ObjectRef;
  /** The label-sorted pairs; {@link IndexRef.root} leads into them. */
  labels: ObjectRef[];
  /** Where the row groups of `counts.parquet` and `blocks.parquet` lie: an {@link IndexTables}. */
  tables: ObjectRef;
  /** What only publishers, `gc` and `verify` need. */
  sources: ObjectRef;
  /** Fences of the leaves (`encodeFences`, base64), or of the pages of `rootPages` where that is present. */
  root: string;
  rootPages?: ObjectRef;
}

/** The small tables of an index, apart from the manifest, whose size must not grow with them. */
export interface IndexTables {
  /** A row per label, sorted: {@link countColumns}. */
  counts: TableRef;
  /** A row per block number: {@link blockColumns}. */
  blocks: TableRef;
}

/** One version of a dataset: what readers see. */
export interface Manifest {
  version: number;
  /** Unique to the publisher, so that it knows its own after a lost answer. */
  id: string;
  /** SHA-256 of `pocaduck.json`, hex. */
  schemaDigest: string;
  /** As in `pocaduck.json`, so that a reader need not fetch it. */
  schema: Schema;
  /** ISO 8601. */
  publishedAt: string;
  tool: string;
  totals: Totals;
  /** Blocks in all, when known. */
  expectedBlocks?: number;
  index: IndexRef;
}

export function encodeManifest(manifest: Manifest): Uint8Array {
  return encodeSealedJson({ format: "pocaduck", formatVersion, ...manifest });
}

/** @throws {FormatError} `corrupt` when the manifest is damaged or is not of `version`. */
export function decodeManifest(version: number, bytes: Uint8Array): Manifest {
  const key = versionKey(version);
  const shape = new Shape(key, decodeSealedJson(key, bytes));
  assertVersion(key, shape);
  const totals = shape.object("totals");
  const manifest: Manifest = {
    version,
    id: shape.string("id"),
    schemaDigest: shape.string("schemaDigest"),
    schema: decodeSchema(key, shape.object("schema")),
    publishedAt: shape.string("publishedAt"),
    tool: shape.string("tool"),
    totals: {
      labels: totals.count("labels"),
      pairs: totals.count("pairs"),
      points: totals.count("points"),
      blocks: totals.count("blocks"),
    },
    index: decodeIndexRef(shape.object("index")),
  };
  if (shape.has("expectedBlocks")) manifest.expectedBlocks = shape.count("expectedBlocks");
  if (shape.count("version") !== version) shape.oneOf("version", []);
  return manifest;
}

export function encodeIndexTables(tables: IndexTables): Uint8Array {
  return encodeSealedJson({ format: "pocaduck", formatVersion, ...tables });
}

export function decodeIndexTables(key: string, bytes: Uint8Array): IndexTables {
  const shape = new Shape(key, decodeSealedJson(key, bytes));
  assertVersion(key, shape);
  return {
    counts: decodeTableRef(shape.object("counts")),
    blocks: decodeTableRef(shape.object("blocks")),
  };
}

export function encodeLatest(version: number): Uint8Array {
  return encodeSealedJson({ version });
}

export function decodeLatest(bytes: Uint8Array): number {
  return new Shape(latestKey, decodeSealedJson(latestKey, bytes)).count("version");
}

function decodeIndexRef(shape: Shape): IndexRef {
  const index: IndexRef = {
    id: shape.string("id"),
    duckdb: decodeObjectRef(shape.object("duckdb")),
    labels: shape.objects("labels").map(decodeObjectRef),
    tables: decodeObjectRef(shape.object("tables")),
    sources: decodeObjectRef(shape.object("sources")),
    root: shape.string("root"),
  };
  if (shape.has("rootPages")) index.rootPages = decodeObjectRef(shape.object("rootPages"));
  return index;
}
