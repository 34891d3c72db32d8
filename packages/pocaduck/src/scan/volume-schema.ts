import {
  createDataset,
  type Dataset,
  isIngestError,
  openDataset,
  type SchemaInput,
} from "@pocaduck/ingest";
import type { Store } from "@pocaduck/storage";
import type { BlockGrid, Volume } from "@pocaduck/volume";
import { CommandError } from "../cli/exit-codes.ts";

/** The dataset that a scan of `volume` fills: its axes, its grid of blocks, and how points are picked. */
export function volumeSchema(
  volume: Volume,
  grid: BlockGrid,
  about: Record<string, string>,
): SchemaInput {
  const axes = volume.axes.map(({ name, unit, resolution, offset }) => ({
    name,
    ...(unit !== undefined && { unit }),
    resolution,
    offset,
  }));
  const shape = [...volume.shape];
  const blockShape = [...grid.blockShape];
  return { axes, grid: { shape, blockShape, origin: [...volume.origin] }, about };
}

/** A dataset's store, and its address for people. */
export interface DatasetPlace {
  store: Store;
  url: string;
}

/** Opens the dataset, or makes it where there is none. @throws {CommandError} `conflict` when it is of another scan. */
export async function openForScan(
  place: DatasetPlace,
  schema: SchemaInput,
  signal: AbortSignal,
): Promise<Dataset> {
  const there = await openIfThere(place, schema, signal);
  if (there) return there;
  try {
    return await createDataset(place.store, schema, { signal });
  } catch (error) {
    // Another worker was faster.
    if (!isIngestError(error, "exists")) throw error;
    return assertSame(place, await openDataset(place.store, { signal }), schema);
  }
}

/** @throws {CommandError} `conflict` when it is of another scan. */
export async function openIfThere(
  place: DatasetPlace,
  schema: SchemaInput,
  signal: AbortSignal,
): Promise<Dataset | undefined> {
  try {
    return assertSame(place, await openDataset(place.store, { signal }), schema);
  } catch (error) {
    if (isIngestError(error, "not-found")) return undefined;
    throw error;
  }
}

function assertSame({ url }: DatasetPlace, dataset: Dataset, schema: SchemaInput): Dataset {
  if (!dataset.schema.grid) {
    throw new CommandError(
      `${url}: has no grid of blocks, and so is of no volume; use another dataset, which ingest will make`,
      "conflict",
    );
  }
  for (const part of ["axes", "grid", "about"] as const) {
    const [there, here] = [dataset.schema, schema].map((each) => sorted(spelledOut(each)[part]));
    if (there !== here) {
      throw new CommandError(
        `${url}: is of another scan: its ${part} is ${there}, this one's ${here}; use another dataset`,
        "conflict",
      );
    }
  }
  return dataset;
}

/** Where the volume lay that `dataset` was made from, if that is not where this one does. */
export function otherVolume({ schema }: Dataset, { about }: SchemaInput): string | undefined {
  const first = schema.about?.volume;
  return first === about?.volume ? undefined : first;
}

/** With what is meant where nothing is said. */
function spelledOut({ axes, grid, about = {} }: SchemaInput) {
  return {
    axes: axes.map((axis) => ({ resolution: 1, offset: 0, ...axis })),
    grid: grid && { origin: grid.shape.map(() => 0), ...grid },
    // A volume may be moved, or mounted elsewhere; see otherVolume.
    about: { ...about, volume: undefined },
  };
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
