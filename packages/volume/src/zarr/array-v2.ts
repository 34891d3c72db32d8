import { childKey } from "../document.ts";
import { Metadata } from "../metadata.ts";
import type { Codec, ZarrArray } from "./array.ts";
import type { ZarrNode } from "./node.ts";

export function parseArrayV2({ path, key, document, attributes }: ZarrNode): ZarrArray {
  const metadata = new Metadata(key);
  if (document.zarr_format !== 2) throw metadata.invalid("zarr_format", document.zarr_format);
  const { type, endian } = parseType(metadata, document.dtype);
  const shape = metadata.sizes("shape", document.shape, undefined, 0);
  const { order, dimension_separator: separator = "." } = document;
  if (order !== "C" && order !== "F") throw metadata.invalid("order", order);
  if (separator !== "/" && separator !== ".") {
    throw metadata.invalid("dimension_separator", separator);
  }
  const filters = document.filters ?? [];
  if (!Array.isArray(filters)) throw metadata.invalid("filters", filters);
  const codecs: Codec[] = [
    ...(order === "F" ? [{ name: "transpose", configuration: { order } }] : []),
    ...filters.map((filter: unknown) => parseFilter(metadata, filter, document.dtype)),
    { name: "bytes", configuration: { endian } },
  ];
  if (document.compressor != null) codecs.push(parseCodec(metadata, document.compressor));
  return {
    path,
    key,
    shape,
    type,
    chunkShape: metadata.sizes("chunks", document.chunks, shape.length, 1),
    codecs,
    sharding: undefined,
    // A fill value of null leaves what was never written undefined.
    fill: metadata.fill(document.fill_value ?? 0, type),
    dimensionNames: attributes._ARRAY_DIMENSIONS,
    // The only chunk of an array without axes is called 0.
    keyOf: (index) => childKey(path, index.join(separator) || "0"),
  };
}

function parseType(
  metadata: Metadata,
  value: unknown,
): Pick<ZarrArray, "type"> & { endian: string } {
  const match = typeof value === "string" ? /^([<>|])u([1248])$/.exec(value) : undefined;
  if (!match) metadata.labelType("dtype", value);
  const [, order, size] = match ?? [];
  const type = metadata.labelType("dtype", `uint${Number(size) * 8}`);
  return { type, endian: order === ">" ? "big" : "little" };
}

function parseFilter(metadata: Metadata, value: unknown, dtype: unknown): Codec {
  const filter = parseCodec(metadata, value);
  // zarrita takes differences in the type of the array alone.
  const { dtype: from = dtype, astype: to = from } = filter.configuration;
  const plain = filter.name === "numcodecs.delta" && from === dtype && to === dtype;
  if (plain || filter.name === "numcodecs.shuffle") return filter;
  throw metadata.unsupported(`has the filter ${JSON.stringify(value)}, which is not supported`);
}

function parseCodec(metadata: Metadata, value: unknown): Codec {
  const { id, ...configuration } = metadata.document("codec", value);
  return { name: `numcodecs.${metadata.text("codec id", id)}`, configuration };
}
