import type { ReadableStore, StoreOptions } from "@pocaduck/storage";
import { type Document, isDocument, readDocument } from "../document.ts";
import { VolumeError } from "../errors.ts";
import type { Triple } from "../volume.ts";

/** One Parquet file of blocks, and the box of blocks it may hold. */
export interface Shard {
  key: string;
  /** What the file is of, which it says itself. */
  export: string;
  task: string;
  rows: number;
  start: Triple;
  end: Triple;
}

/** What of an export's manifest a volume needs. */
export interface ExportedScale {
  id: string;
  uuid: string;
  dataUuid: string;
  blockShape: Triple;
  /** Inclusive voxels of scale 0. */
  extents: { min: Triple; max: Triple };
  voxelSize: Triple;
  voxelUnits: readonly [x: string, y: string, z: string];
  bins: number;
  shards: readonly Shard[];
}

const manifestKey = "manifest.json";

/** Whether a labelmap's export was begun here. */
export async function holdsExport(
  store: ReadableStore,
  options: StoreOptions = {},
): Promise<boolean> {
  return (await store.head("export.json", options)) !== undefined;
}

/** @throws {VolumeError} for an export that is not whole, or a scale that it does not have. */
export async function readScale(
  store: ReadableStore,
  scale: number,
  options: StoreOptions,
): Promise<ExportedScale> {
  const manifest = await readDocument(store, manifestKey, options);
  if (!manifest) {
    const begun = await holdsExport(store, options);
    const reason = begun
      ? "the export is not finished; run it again, and it goes on"
      : "there is no export of a labelmap here";
    throw new VolumeError("not-found", manifestKey, reason);
  }
  if (manifest.format !== 1) throw unsupported(`has format ${manifest.format}, not 1`);
  if (manifest.complete !== true) {
    throw unsupported(
      "the export lacks tasks that were given up; run it again, and it tries them again",
    );
  }
  const plan = member(manifest, "plan");
  const [source, layout] = [member(plan, "source"), member(plan, "layout")];
  const extents = member(layout, "extents");
  const scales = list(layout, "scales");
  if (!scales.includes(scale)) {
    throw new VolumeError("not-found", manifestKey, `has scales ${scales}, not ${scale}`);
  }
  const tasks = list(manifest, "tasks").filter(isDocument);
  const id = text(plan, "id");
  const shards = tasks.flatMap((result) => shard(result, id, scale));
  return {
    id,
    uuid: text(source, "uuid"),
    dataUuid: text(source, "dataUuid"),
    blockShape: triple(layout, "blockShape"),
    extents: { min: triple(extents, "min"), max: triple(extents, "max") },
    voxelSize: triple(source, "voxelSize"),
    voxelUnits: list(source, "voxelUnits").map(String) as [string, string, string],
    bins: number(member(layout, "cells"), "count"),
    shards,
  };
}

function shard(result: Document, id: string, scale: number): Shard[] {
  const task = member(result, "task");
  if (task.table !== "blocks" || task.scale !== scale || result.actual === 0) return [];
  const name = text(task, "id");
  const box = { start: triple(task, "start"), end: triple(task, "end") };
  const rows = number(result, "actual");
  return [{ key: `${name}.parquet`, export: id, task: name, rows, ...box }];
}

function unsupported(reason: string): VolumeError {
  return new VolumeError("unsupported", manifestKey, reason);
}

function member(of: Document, name: string): Document {
  const value = of[name];
  return isDocument(value) ? value : wrong(name);
}

function list(of: Document, name: string): unknown[] {
  const value = of[name];
  return Array.isArray(value) ? value : wrong(name);
}

function text(of: Document, name: string): string {
  const value = of[name];
  return typeof value === "string" ? value : wrong(name);
}

function number(of: Document, name: string): number {
  const value = of[name];
  return typeof value === "number" ? value : wrong(name);
}

function triple(of: Document, name: string): Triple {
  const value = list(of, name);
  if (value.length !== 3 || !value.every((part) => typeof part === "number")) return wrong(name);
  return value as unknown as Triple;
}

function wrong(name: string): never {
  throw new VolumeError(
    "invalid-metadata",
    manifestKey,
    `\`${name}\` is missing, or no such value`,
  );
}
