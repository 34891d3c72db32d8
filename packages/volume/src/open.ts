import type { ReadableStore } from "@pocaduck/storage";
import { ChunkedVolume } from "./chunked-volume.ts";
import { VolumeError } from "./errors.ts";
import { openPrecomputed } from "./precomputed/open.ts";
import type { Volume } from "./volume.ts";
import { openZarr } from "./zarr/open.ts";

export interface OpenVolumeOptions {
  /** Where in the store the volume is; the store itself by default. */
  path?: string;
  /** Of a volume in several scales: the number of one, 0 the finest, or its name. */
  scale?: number | string;
  /** Bytes of decoded chunks to keep; 64 MiB by default. */
  cacheSize?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Opens a Zarr array (version 2 or 3), a scale of an OME-Zarr image, or a scale of a neuroglancer precomputed
 * volume, whichever is there.
 * @throws {VolumeError} `not-found` when none is, `invalid-metadata`, or `unsupported`.
 */
export async function openVolume(
  store: ReadableStore,
  { path = "", scale = 0, cacheSize = 64 * 2 ** 20, signal }: OpenVolumeOptions = {},
): Promise<Volume> {
  const clean = path.replace(/^\/+|\/+$/g, "");
  const source =
    (await openZarr(store, clean, scale, { signal })) ??
    (await openPrecomputed(store, clean, scale, { signal }));
  if (source) return new ChunkedVolume(clean, source, cacheSize);
  const reason = "there is no Zarr array or group here, and no neuroglancer precomputed volume";
  throw new VolumeError("not-found", clean, reason);
}
