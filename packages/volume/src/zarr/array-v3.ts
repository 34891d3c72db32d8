import { childKey } from "../document.ts";
import { Metadata } from "../metadata.ts";
import { type Codec, parseCodecs, type Sharding, type ZarrArray } from "./array.ts";
import type { ZarrNode } from "./node.ts";

export function parseArrayV3({ path, key, document }: ZarrNode): ZarrArray {
  const metadata = new Metadata(key);
  const type = metadata.labelType("data_type", document.data_type);
  const shape = metadata.sizes("shape", document.shape, undefined, 0);
  const grid = metadata.document("chunk_grid", document.chunk_grid);
  if (grid.name !== "regular") {
    throw metadata.unsupported(`has chunk_grid ${JSON.stringify(grid.name)}; only regular is read`);
  }
  const { chunk_shape: stored } = metadata.document("chunk_grid", grid.configuration);
  const storedShape = metadata.sizes("chunk_shape", stored, shape.length, 1);
  const transformers = document.storage_transformers ?? [];
  if (!Array.isArray(transformers) || transformers.length > 0) {
    throw metadata.unsupported("has storage_transformers");
  }
  const codecs = parseCodecs(metadata, "codecs", document.codecs);
  const [first] = codecs;
  const sharding =
    first?.name === "sharding_indexed" ? parseSharding(metadata, first, storedShape) : undefined;
  if (sharding && codecs.length > 1) throw metadata.unsupported("has codecs around its shards");
  const inner = sharding ?? { chunkShape: storedShape, codecs };
  if (inner.codecs.some((codec) => codec.name === "sharding_indexed")) {
    throw metadata.unsupported("has shards inside a codec chain");
  }
  return {
    path,
    key,
    shape,
    type,
    chunkShape: inner.chunkShape,
    codecs: inner.codecs,
    sharding,
    fill: metadata.fill(document.fill_value, type),
    dimensionNames: document.dimension_names,
    keyOf: keyEncoder(metadata, path, document.chunk_key_encoding),
  };
}

function parseSharding(
  metadata: Metadata,
  { configuration }: Codec,
  shardShape: number[],
): Sharding & { chunkShape: number[]; codecs: Codec[] } {
  const { chunk_shape, codecs, index_codecs, index_location = "end" } = configuration;
  const chunkShape = metadata.sizes("inner chunk_shape", chunk_shape, shardShape.length, 1);
  if (shardShape.some((size, axis) => size % (chunkShape[axis] ?? 1) !== 0)) {
    throw metadata.invalid("inner chunk_shape", chunk_shape);
  }
  if (index_location !== "start" && index_location !== "end") {
    throw metadata.invalid("index_location", index_location);
  }
  const indexCodecs = parseCodecs(metadata, "index_codecs", index_codecs);
  return {
    shardShape,
    chunkShape,
    codecs: parseCodecs(metadata, "codecs", codecs),
    indexAtStart: index_location === "start",
    indexCodecs,
  };
}

function keyEncoder(metadata: Metadata, path: string, value: unknown): ZarrArray["keyOf"] {
  const { name, configuration = {} } = metadata.document("chunk_key_encoding", value);
  if (name !== "default" && name !== "v2") {
    throw metadata.unsupported(`has chunk_key_encoding ${JSON.stringify(name)}`);
  }
  const fallback = name === "default" ? "/" : ".";
  const { separator = fallback } = metadata.document("chunk_key_encoding", configuration);
  if (separator !== "/" && separator !== ".") throw metadata.invalid("separator", separator);
  const prefix = name === "default" ? ["c"] : [];
  return (index) => childKey(path, [...prefix, ...index].join(separator) || "0");
}
