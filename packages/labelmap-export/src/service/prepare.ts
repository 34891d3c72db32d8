import type { LabelMapping } from "@pocaduck/labelmap";
import {
  type DvidLabelmap,
  type DvidOptions,
  type Extents,
  openLabelmap,
} from "@pocaduck/labelmap/dvid";
import { ExportError } from "../errors.ts";
import { ExtentsOfIndices } from "../plan/extents.ts";
import {
  blocksTasks,
  type CellLayout,
  type ExportPlan,
  indicesTask,
  makePlan,
  mappingTasks,
} from "../plan/plan.ts";
import { countShards } from "../plan/shards.ts";
import type { Task } from "../plan/task.ts";

/** What to export, and how. */
export interface ExportRequest {
  /** A UUID, a unique prefix of one, or `prefix:branch`. */
  uuid: string;
  data: string;
  /** All by default. */
  scales?: readonly number[];
  /** Log2 of the blocks in a shard; 15, the cube of 32 blocks that neuroglancer's shards mostly are, by default. */
  shardBits?: number;
  /** Four cells of 126 KiB by default. */
  cells?: Partial<CellLayout>;
  /** Takes a version that is not locked, and says in the manifest whether it moved. */
  allowOpen?: boolean;
  /** Inclusive voxels of scale 0, in place of what DVID states. */
  extents?: Extents;
}

const labelsPerTask = 10_000;
/** What a service has room for: some 300 bytes each, four times the shards of the largest volumes known. */
const mostShards = 500_000;
const labelsPerPage = 1_000_000;

export async function openSource(
  server: string,
  { uuid, data, allowOpen = false }: ExportRequest,
  options: DvidOptions & { signal: AbortSignal },
): Promise<DvidLabelmap> {
  return openLabelmap(server, uuid, data, { ...options, allowOpen });
}

/** @throws {RangeError} for a request that no export can be made of. */
export function checkRequest(
  { scales, shardBits, cells, extents }: ExportRequest,
  maxScale: number,
): void {
  for (const scale of scales ?? []) {
    if (Number.isInteger(scale) && scale >= 0 && scale <= maxScale) continue;
    throw new RangeError(`Expected \`scales\` from 0 to ${maxScale}, got ${scale}`);
  }
  if (scales?.length === 0)
    throw new RangeError("Expected `scales` to have one at least, got none");
  assertInteger("shardBits", shardBits, 0, 30);
  assertInteger("cells.count", cells?.count, 1, 20);
  assertInteger("cells.size", cells?.size, 64, 2 ** 31);
  for (const axis of [0, 1, 2] as const) {
    if (!extents || extents.min[axis] <= extents.max[axis]) continue;
    const got = `${extents.min.join(",")} to ${extents.max.join(",")}`;
    throw new RangeError(`Expected \`extents\` from least to most voxels, got ${got}`);
  }
}

function assertInteger(name: string, value: number | undefined, from: number, to: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= from && value <= to)) return;
  throw new RangeError(`Expected \`${name}\` to be an integer from ${from} to ${to}, got ${value}`);
}

/** @throws {ExportError} `empty` when nothing says where blocks are. */
export async function planExport(
  server: string,
  labelmap: DvidLabelmap,
  request: ExportRequest,
  signal: AbortSignal,
): Promise<ExportPlan> {
  const { info, version } = labelmap;
  const extents = request.extents ?? info.extents ?? (await extentsOf(labelmap, signal));
  if (!extents) {
    const reason = `${info.name} states no extents and has no indices: nothing is stored, or \`extents\` have to say where`;
    throw new ExportError("empty", reason);
  }
  const all = Array.from({ length: info.maxScale + 1 }, (_, scale) => scale);
  const scales = [...new Set(request.scales ?? all)].sort((a, b) => a - b);
  const shardBits = request.shardBits ?? 15;
  const layout = { blockShape: info.blockShape, extents, shardBits };
  const shards = scales.reduce((sum, scale) => sum + countShards(layout, scale), 0);
  if (shards > mostShards) {
    const advice = "choose larger `shardBits`, or `extents` that hold less";
    throw new RangeError(`Expected at most ${mostShards} shards, got ${shards}: ${advice}`);
  }
  return makePlan(
    {
      server: withoutSecrets(server),
      data: info.name,
      dataUuid: info.dataUuid,
      uuid: version.uuid,
      locked: version.locked,
      mutationId: `${version.mutationId}`,
      updated: version.updated,
      voxelSize: info.voxelSize,
      voxelUnits: info.voxelUnits,
    },
    {
      blockShape: info.blockShape,
      extents: { min: extents.min, max: extents.max },
      scales,
      shardBits,
      cells: {
        count: request.cells?.count ?? 4,
        size: request.cells?.size ?? 126 * 1024,
        unused: request.cells?.unused ?? "empty",
      },
      indexed: info.indexed,
    },
  );
}

/** The plan is for all to read. */
function withoutSecrets(server: string): string {
  const url = new URL(server);
  url.username = "";
  url.password = "";
  return url.href.replace(/\/+$/, "");
}

/** All tasks of an export. */
export async function listTasks(
  plan: ExportPlan,
  labelmap: DvidLabelmap,
  mapping: LabelMapping,
  signal: AbortSignal,
): Promise<Task[]> {
  const tasks: Task[] = [...blocksTasks(plan), ...mappingTasks(mapping.size)];
  if (!plan.layout.indexed) return tasks;
  let count = 0;
  for await (const page of labelPages(labelmap, signal)) {
    for (let at = 0; at < page.length; at += labelsPerTask) {
      tasks.push(indicesTask(count++, page.subarray(at, at + labelsPerTask)));
    }
  }
  return tasks;
}

async function* labelPages(
  labelmap: DvidLabelmap,
  signal: AbortSignal,
): AsyncGenerator<BigUint64Array> {
  for (let start = 1n; ; ) {
    const page = await labelmap.labels(start, labelsPerPage, signal);
    if (page.length > 0) yield page;
    if (page.length < labelsPerPage) return;
    start = (page.at(-1) as bigint) + 1n;
  }
}

async function extentsOf(
  labelmap: DvidLabelmap,
  signal: AbortSignal,
): Promise<Extents | undefined> {
  if (!labelmap.info.indexed) return undefined;
  const found = new ExtentsOfIndices();
  for await (const page of labelPages(labelmap, signal)) {
    for (let at = 0; at < page.length; at += 1000) {
      const labels = Array.from(page.subarray(at, at + 1000));
      for (const index of await labelmap.labelIndices(labels, signal)) if (index) found.add(index);
    }
  }
  return found.extents(labelmap.info.blockShape);
}
