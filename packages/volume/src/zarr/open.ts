import type { ReadableStore, StoreOptions } from "@pocaduck/storage";
import type { ChunkSource } from "../chunk.ts";
import { childKey, isDocument } from "../document.ts";
import { VolumeError } from "../errors.ts";
import { Metadata } from "../metadata.ts";
import type { Triple } from "../volume.ts";
import { parseArrayV2 } from "./array-v2.ts";
import { parseArrayV3 } from "./array-v3.ts";
import { type Dimensions, findDimensions, volumeAxes } from "./axes.ts";
import { ZarrChunks } from "./chunks.ts";
import { assertCodecs } from "./codecs.ts";
import { type MultiscaleLevel, readMultiscale } from "./multiscale.ts";
import { readNode, type ZarrNode } from "./node.ts";

/** `undefined` where there is no Zarr array or group. */
export async function openZarr(
  store: ReadableStore,
  path: string,
  scale: number | string,
  options: StoreOptions,
): Promise<ChunkSource | undefined> {
  const node = await readNode(store, path, options);
  if (!node) return undefined;
  if (node.kind === "array") {
    if (scale === 0 || scale === "0") return openArray(store, node, undefined);
    const got = JSON.stringify(scale);
    throw new RangeError(`Expected \`scale\` to be 0, since this is one array, got ${got}`);
  }
  const metadata = new Metadata(node.key);
  const level = readMultiscale(metadata, node, scale);
  if (!level) {
    const labels = labelImages(node);
    const inside = labels ? `the label images ${labels}; name one` : "arrays; name the path of one";
    throw metadata.unsupported(`is a Zarr group but no OME-Zarr image; it may hold ${inside}`);
  }
  const array = await readNode(store, childKey(path, level.path), options);
  if (array?.kind === "array") return openArray(store, array, level);
  const reason = `has no Zarr array at ${JSON.stringify(level.path)}, which multiscales names`;
  throw new VolumeError("not-found", node.key, reason);
}

/** The images that an OME-Zarr group of labels lists. */
function labelImages({ attributes }: ZarrNode): string | undefined {
  const { labels } = isDocument(attributes.ome) ? attributes.ome : attributes;
  return Array.isArray(labels) ? labels.map((name) => JSON.stringify(name)).join(", ") : undefined;
}

function openArray(
  store: ReadableStore,
  node: ZarrNode,
  level: MultiscaleLevel | undefined,
): ChunkSource {
  const array = node.zarrFormat === 3 ? parseArrayV3(node) : parseArrayV2(node);
  const metadata = new Metadata(array.key);
  assertCodecs(array);
  metadata.checkChunk(array.chunkShape, array.type);
  const axisNames = level?.axisNames ?? array.dimensionNames;
  const dimensions = findDimensions(metadata, axisNames, array.shape);
  const chunks = new ZarrChunks(store, array);
  return {
    axes: volumeAxes(dimensions, level?.placements ?? []),
    origin: [0, 0, 0],
    shape: pick(dimensions, array.shape),
    type: array.type,
    chunkShape: pick(dimensions, array.chunkShape),
    fill: array.fill,
    decoding: chunks.decoding,
    async readChunk(index, reading) {
      const place = array.shape.map(() => 0);
      for (const [axis, dimension] of dimensions.entries()) {
        if (dimension !== undefined) place[dimension] = index[axis] ?? 0;
      }
      const chunk = await chunks.read(place, reading);
      return chunk && { data: chunk.data, strides: pick(dimensions, chunk.strides) };
    },
  };
}

/** In x, y, z order; 1 for an axis that the array has not got. */
function pick([x, y, z]: Dimensions, values: number[]): Triple {
  const value = (dimension: number | undefined): number =>
    dimension === undefined ? 1 : (values[dimension] ?? 1);
  return [value(x), value(y), value(z)];
}
