import { setTimeout as delay } from "node:timers/promises";
import { isQueryError, openQuery, type Query } from "@pocaduck/query";
import { LocalStore } from "@pocaduck/storage-local";
import { digestOf } from "./digest.ts";

/** What a reader saw: the digest of each label's points, by version. */
export interface Seen {
  reads: number;
  /** Answers before the first version: there is none. */
  none: number;
  versions: Record<number, Record<string, string>>;
}

/**
 * Reads labels of the dataset of the command line, and tells each version once it was read. A number says with which
 * version to end; the answer to it is what it saw.
 */
const store = new LocalStore(process.argv[2] ?? "");
const seen: Seen = { reads: 0, none: 0, versions: {} };
let end = Number.POSITIVE_INFINITY;
process.once("message", (version: number) => {
  end = version;
});
process.once("disconnect", () => process.exit(1));
let last = 0;
while (last < end) {
  const query = await openQuery(store).catch((error: unknown) => {
    if (isQueryError(error, "unpublished", "not-found") && last === 0) return undefined;
    throw error;
  });
  if (query) {
    if (query.version < last) throw new Error(`fell back from ${last} to ${query.version}`);
    await read(query);
    if (query.version > last) process.send?.(query.version);
    last = query.version;
  } else {
    seen.none++;
    await delay(5);
  }
}
process.send?.(seen, () => process.exit(0));

async function read(query: Query): Promise<void> {
  const version = seen.versions[query.version] ?? {};
  seen.versions[query.version] = version;
  let at = seen.reads;
  for await (const { label, points } of query.labels()) {
    // Some of the labels each time, others the next.
    if (at++ % 5 !== 0) continue;
    const cloud = await query.points(label);
    if (cloud.length !== points) throw new Error(`${label}: ${cloud.length} of ${points} points`);
    const digest = digestOf(cloud.positions);
    version[String(label)] ??= digest;
    if (version[String(label)] !== digest) throw new Error(`${label} has two answers`);
    seen.reads++;
  }
}
