import { randomUUID } from "node:crypto";
import { extentsPrefix, FormatError, indexPrefix, pointsPrefix, showValue } from "@pocaduck/format";
import { mapConcurrent, type Store, type StoreOptions } from "@pocaduck/storage";
import { IngestError } from "../errors.ts";
import { namedObjects } from "./named-objects.ts";

export interface GcOptions extends StoreOptions {
  /** How long an object must have been seen unnamed before it is deleted: a day by default. Longer than any commit or publish takes. */
  graceMs?: number;
  /** The time, in milliseconds since 1970; the clock's by default. */
  now?: number;
  /** Ends uploads that killed writers left below a prefix, where the store has such, and tells how many. */
  endUploads?: (prefix: string, ageMs: number, options: StoreOptions) => Promise<number>;
}

export interface GcResult {
  /** Objects deleted, and their bytes. */
  deleted: number;
  size: number;
  /** Objects that nothing names and that wait for their grace time to pass. */
  waiting: number;
  /** Uploads that were ended. */
  uploads: number;
}

const prefixes = [pointsPrefix, extentsPrefix, indexPrefix, "probes/"];
const marksPrefix = "gc/";
const concurrency = 16;

/**
 * Deletes what workers and publishers that died left behind. Stores do not tell the age of an object, so the first
 * call notes what it sees unnamed, and a later one deletes what it still sees so after the grace time.
 * @throws {FormatError} `corrupt`, and deletes nothing, when a record is gone or damaged: it may have named anything.
 */
export async function collectGarbage(
  store: Store,
  { graceMs = 86_400_000, now = Date.now(), endUploads, ...options }: GcOptions = {},
): Promise<GcResult> {
  for (const [name, value] of Object.entries({ graceMs, now })) {
    if (typeof value === "number" && value >= 0) continue;
    throw new RangeError(`Expected \`${name}\` to be a number from 0, got ${showValue(value)}`);
  }
  const marks = await readMarks(store, options);
  // Listed before the records are read: what is named in between is in the records, not in this list.
  const found = new Map<string, number>();
  for (const prefix of prefixes) {
    for await (const { key, size } of store.list(prefix, options)) found.set(key, size);
  }
  const { objects, damage } = await namedObjects(store, options);
  const [damaged] = damage;
  if (damaged) {
    const [key, reason] = damaged;
    const advice = "gc deletes nothing from a damaged dataset";
    throw new FormatError("corrupt", key, `${reason}, and ${advice}`);
  }
  const unnamed = [...found.keys()].filter((key) => !objects.has(key));
  const seen = new Map<string, number>();
  for (const { at, keys } of marks) {
    for (const key of keys) seen.set(key, Math.min(at, seen.get(key) ?? at));
  }
  const due = unnamed.filter((key) => (seen.get(key) ?? now) + graceMs <= now);
  await mapConcurrent(due, concurrency, (key, _, signal) => store.delete(key, { signal }), options);
  const left = unnamed.filter((key) => !due.includes(key));
  await writeMark(store, left, seen, now, options);
  for (const { key } of marks) await store.delete(key, options);
  const size = due.reduce((sum, key) => sum + (found.get(key) ?? 0), 0);
  let uploads = 0;
  if (endUploads) {
    for (const prefix of prefixes) uploads += await endUploads(prefix, graceMs, options);
  }
  return { deleted: due.length, size, waiting: left.length, uploads };
}

interface Mark {
  key: string;
  at: number;
  keys: string[];
}

async function readMarks(store: Store, options: StoreOptions): Promise<Mark[]> {
  const marks: Mark[] = [];
  for await (const { key } of store.list(marksPrefix, options)) {
    const bytes = await store.get(key, options);
    if (!bytes) continue;
    for (const line of new TextDecoder().decode(bytes).trim().split("\n")) {
      const [at, ...keys] = line.split(" ");
      if (!/^\d+$/.test(at ?? ""))
        throw new IngestError("invalid-input", `"${key}": is no note of gc`);
      marks.push({ key, at: Number(at), keys });
    }
  }
  return marks;
}

/** A line a time: the milliseconds, and the keys that were first seen then. */
async function writeMark(
  store: Store,
  keys: readonly string[],
  seen: ReadonlyMap<string, number>,
  now: number,
  options: StoreOptions,
): Promise<void> {
  if (keys.length === 0) return;
  const byTime = Map.groupBy(keys, (key) => seen.get(key) ?? now);
  const lines = [...byTime].map(([at, some]) => `${[at, ...some].join(" ")}\n`);
  await store.put(
    `${marksPrefix}${randomUUID()}`,
    new TextEncoder().encode(lines.join("")),
    options,
  );
}
