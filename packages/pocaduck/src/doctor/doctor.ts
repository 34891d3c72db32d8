import { randomUUID } from "node:crypto";
import {
  isStoreError,
  mapConcurrent,
  prefixed,
  type ReadableStore,
  type Store,
} from "@pocaduck/storage";
import { storeContract } from "@pocaduck/storage/testing";
import { openReadable } from "../open.ts";
import { adviceFor } from "./advice.ts";
import { checkBrowsers } from "./browsers.ts";

export interface Finding {
  /** A promise, as a sentence. */
  promise: string;
  holds: boolean;
  /** What was met, where it does not hold. */
  failure?: string;
  /** What to do then. */
  advice?: string;
}

export interface DoctorOptions {
  signal?: AbortSignal;
  onFinding?: (finding: Finding) => void;
}

/** Runs every promise of the contract below a scratch prefix of the user's own place, which is emptied afterwards. */
export async function doctor(url: string, options: DoctorOptions = {}): Promise<Finding[]> {
  const store = await openReadable(url);
  const findings: Finding[] = [];
  const note = (finding: Finding): void => {
    findings.push(finding);
    options.onFinding?.(finding);
  };
  if ("put" in store) await checkStore(store as Store, note, options.signal);
  else await checkReader(store, note, options.signal);
  if (/^(https?|s3|gs):/.test(url)) for (const finding of await checkBrowsers(url)) note(finding);
  return findings;
}

async function checkStore(
  whole: Store,
  note: (finding: Finding) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const scratch = `pocaduck-doctor-${randomUUID()}`;
  const store = prefixed(whole, scratch);
  if (!(await permitted(store, note, signal))) return;
  let left: unknown;
  try {
    await mapConcurrent(
      [...storeContract.entries()],
      4,
      async ([index, { name, run }], _, stop) => {
        stop.throwIfAborted();
        const folder = `case-${index}`;
        // A prefix of the user's own also takes from the longest key; 64 bytes stay free for it.
        const taken = scratch.length + folder.length + 2 + prefixRoom;
        note(await attempt(name, () => run(prefixed(store, folder), taken)));
      },
      { signal },
    );
  } finally {
    left = await empty(store).catch((error: unknown) => error);
  }
  if (left === undefined) return;
  note({
    promise: "what doctor wrote is gone again",
    holds: false,
    failure: text(left),
    advice: `delete everything below ${scratch}/`,
  });
}

/** Bytes that the address's own prefix may take from the longest key. */
const prefixRoom = 400;

/** Whether the three rights are there; without them every promise would fail for that one reason. */
async function permitted(
  store: Store,
  note: (finding: Finding) => void,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const body = new TextEncoder().encode("pocaduck doctor");
  const steps: [string, () => Promise<unknown>][] = [
    ["may list", () => store.list("", { signal })[Symbol.asyncIterator]().next()],
    ["may write", () => store.put("permitted", body, { signal })],
    ["may read", () => store.get("permitted", { signal })],
    ["may delete", () => store.delete("permitted", { signal })],
  ];
  for (const [promise, step] of steps) {
    const finding = await attempt(promise, step);
    note(finding);
    if (!finding.holds) return false;
  }
  return true;
}

async function checkReader(
  store: ReadableStore,
  note: (finding: Finding) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const key = "pocaduck.json";
  let size = 0;
  note(
    await attempt("the dataset's first object is there", async () => {
      const meta = await store.head(key, { signal });
      if (!meta) throw new Error(`there is no ${key}`);
      size = meta.size;
    }),
  );
  note(
    await attempt("getRange returns exactly the bytes asked for", async () => {
      const whole = await store.get(key, { signal });
      const part = await store.getRange(key, { offset: 1, length: 3 }, { signal });
      const same = part?.every((byte, i) => byte === whole?.[i + 1]);
      if (part?.length !== 3 || !same) throw new Error("other bytes than the whole object has");
      if (whole?.length !== size) throw new Error(`${whole?.length} bytes, announced as ${size}`);
    }),
  );
}

async function attempt(promise: string, run: () => Promise<unknown>): Promise<Finding> {
  try {
    await run();
    return { promise, holds: true };
  } catch (error) {
    return { promise, holds: false, failure: text(error), advice: adviceFor(promise, error) };
  }
}

async function empty(store: Store): Promise<void> {
  await mapConcurrent(store.list(""), 16, ({ key }) => store.delete(key));
}

/** A case wraps what it met in what it expected. */
function text(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = isStoreError(error.cause) ? `: ${error.cause.message}` : "";
  return error.message + cause;
}
