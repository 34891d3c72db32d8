import { type Figures, printed, type Reach } from "./figures.ts";
import type { LookupRequests } from "./lookup-child.ts";
import { type MainRuns, type OwnRun, type PeerRun, publishMb } from "./main-runs.ts";
import { exponent, short } from "./report.ts";

/** What the data's size has no part in; an allocator's leavings make some 20 MB of a tenfold of all data. */
const flat: Reach = { most: 0.1, text: "0 (≤ 0.1)" };

export interface SetReach {
  /** Points a second. */
  speed: Reach;
  /** Bytes a point. */
  size: Reach;
}

/** Speed, stages, sizes and memory of a set. */
export function addIngest(
  figures: Figures,
  title: string,
  { ingest, publish, memoryMb }: OwnRun,
  reach: SetReach,
  peer?: PeerRun,
): void {
  const theirSpeed = peer && peer.points / peer.seconds / 1e6;
  const { group, order, encode, store } = ingest.stages;
  const shares = [group, order, encode, store].map((ms) => Math.round(ms / ingest.seconds / 10));
  const { points } = publish;
  figures.add(`${title}: ingest, M points/s`, ingest.points / ingest.seconds / 1e6, reach.speed, {
    theirs: theirSpeed,
    cpu: ingest.points / ingest.cpuSeconds / 1e6,
  });
  figures.add("— share of grouping, ordering, encoding, storing, %", shares.join(", "), printed);
  figures.add("— memory of its process, MB", memoryMb, { most: 400 }, { theirs: peer?.memoryMb });
  const both = publish.size.labels + publish.size.duckdb;
  figures.add(
    "— bytes a point: points + both forms of the index",
    (publish.size.points + both) / points,
    reach.size,
    { theirs: peer && (peer.size.points + peer.size.index) / peer.points },
  );
}

/** What publishing a set took. */
export function addPublish(figures: Figures, { publish }: OwnRun): void {
  const { size, pairs, points, seconds, cpuSeconds } = publish;
  const both = size.labels + size.duckdb;
  figures.add(
    "— bytes a point with the workers' extents too",
    (size.points + size.extents + both) / points,
    printed,
  );
  figures.add("— index, both forms, bytes a pair", both / pairs, { most: 15 });
  figures.add(
    "— publish, M extents/s",
    pairs / seconds / 1e6,
    { least: 2 },
    {
      cpu: pairs / cpuSeconds / 1e6,
    },
  );
  figures.add(
    `— publish, memory of the process that builds, MB of ${short(publishMb)} allowed`,
    publish.builderMb,
    { most: publishMb },
  );
  figures.add("— publish, memory of the process that asked for it, MB", publish.ownMb, printed);
}

/** What publishing takes for blocks, whatever is in them. */
export function addManyBlocks(figures: Figures, runs: MainRuns): void {
  const [some, many] = [1e5, 1e6].map((blocks) => {
    const { ownMb, builderMb } = runs.manyBlocks(blocks);
    const title = `${short(blocks)} blocks of a point: publish, memory of the process`;
    figures.add(`${title} that builds, MB of ${short(publishMb)} allowed`, builderMb, {
      most: publishMb,
    });
    figures.add(`${title} that asked for it, MB`, ownMb, printed);
    return ownMb;
  }) as [number, number];
  figures.add("— bytes a block", ((many - some) * 2 ** 20) / 9e5, printed);
}

/** Lookups in a set's dataset. */
export function addLookups(
  figures: Figures,
  runs: MainRuns,
  title: string,
  own: OwnRun,
  peer?: PeerRun,
): LookupRequests | undefined {
  const found = runs.lookups(own);
  const labels = found.smallLabels.slice(0, 20);
  const [label] = labels;
  if (label !== undefined) {
    figures.add(
      `${title}: lookup of a small label, warm, p50 ms`,
      found.p50Ms,
      { most: 0.25, part: 1 / 30 },
      { theirs: peer && runs.theirLookups(peer, labels).p50Ms, cpu: found.cpuMs },
    );
    figures.add("— with its leaf of the index read anew, p50 ms", found.uncachedMs, printed);
    const { open, index, data, absentData } = found.requests;
    const requests = [open, index, data, absentData].map(short).join(", ");
    figures.add("— requests: open, index, data of a small label, data of an absent one", requests, {
      met: requests === "2, 1, 1, 0",
      text: "2, 1, 1, 0",
    });
    figures.add(
      "— a new process, ms",
      runs.newProcess(own, label),
      { most: 250 },
      { theirs: peer && runs.theirNewProcess(peer, label) },
    );
  }
  // Of the sampled shape the largest has some 15 points in each of its row groups: as many small lookups.
  if (!title.startsWith("sampled")) {
    figures.add(
      `${title}: largest label (${short(found.largestPoints)} points), decode, M points/s`,
      found.largestPointsPerSecond / 1e6,
      { least: 60 },
      { cpu: found.largestPointsPerCpuSecond / 1e6 },
    );
  }
  return label === undefined ? undefined : found.requests;
}

/** How figures of growing sets grow. */
export function addGrowth(
  figures: Figures,
  sets: readonly { pairs: number; own: OwnRun; requests: LookupRequests | undefined }[],
): void {
  const sizes = `${short(sets[0]?.pairs ?? 0)} to ${short(sets.at(-1)?.pairs ?? 0)} pairs`;
  const add = (what: string, of: (set: (typeof sets)[number]) => number, reach: Reach): void =>
    figures.add(
      `growth of ${what}, ${sizes}: exponent`,
      exponent(sets.map((set) => [set.pairs, of(set)])),
      reach,
    );
  add("ingest time", ({ own }) => own.ingest.seconds, { most: 1.05 });
  add("bytes", ({ own: { publish } }) => bytesOf(publish.size), { most: 1 });
  add("worker memory", ({ own }) => own.memoryMb, flat);
  add("the requests of a lookup", ({ requests }) => requestsOf(requests), flat);
}

function bytesOf({ points, labels, duckdb }: OwnRun["publish"]["size"]): number {
  return points + labels + duckdb;
}

function requestsOf(requests: LookupRequests | undefined): number {
  return requests ? requests.open + requests.index + requests.data : Number.NaN;
}
