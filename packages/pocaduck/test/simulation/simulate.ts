import { MemoryStore, type Store } from "@pocaduck/storage";
import { type Fault, FaultStore } from "@pocaduck/storage/testing";
import { type Answers, answers, operate, type Progress, truth } from "./operator.ts";

/** What readers have to see of both versions, and the store calls of a run that nothing disturbs. */
export interface Undisturbed {
  versions: Answers[];
  methods: string[];
}

export interface SimulateOptions {
  /** How many publish each version at once. */
  publishers?: number;
  /** Puts something broken between the operator and the store. */
  through?: (store: Store) => Store;
}

/** The eight ways a call can go wrong. */
export const ways: Pick<Fault, "kind" | "when">[] = (["before", "after"] as const).flatMap((when) =>
  (["fail", "throw", "hang", "kill"] as const).map((kind) => ({ kind, when })),
);

export async function undisturbed(): Promise<Undisturbed> {
  const store = new FaultStore(new MemoryStore(), []);
  const progress = { steps: 0 };
  await operate(store, progress);
  return { versions: truth(), methods: store.trace.map(({ method }) => method) };
}

/** Restarts after which a run with few faults must be through. */
const patience = 12;

/**
 * Runs the operator under `faults`, restarting it after each, and returns what went wrong: nothing, if readers saw
 * whole versions all along and the end is the truth.
 */
export async function simulate(
  faults: readonly Fault[],
  expected: Undisturbed,
  { publishers = 1, through = (store) => store }: SimulateOptions = {},
): Promise<string | undefined> {
  const memory = new MemoryStore();
  const progress: Progress = { steps: 0 };
  let left = [...faults];
  let version = 0;
  for (let start = 0; start < patience && progress.steps < 2; start++) {
    const store = new FaultStore(memory, left);
    const run = operate(through(store), progress, publishers);
    await Promise.race([run.catch(() => {}), store.stopped]);
    // Calls go on counting where the last run ended, so each fault strikes once.
    left = left
      .filter(({ at }) => at > store.calls)
      .map((fault) => ({ ...fault, at: fault.at - store.calls }));
    const seen = await readersOf(memory);
    if (typeof seen === "string") return seen;
    if (!seen) {
      if (progress.steps > 0) return "a version that was reported is not to be seen";
      continue;
    }
    const [now, found] = seen;
    if (now < version || now < progress.steps) return `readers fell back to version ${now}`;
    version = now;
    const whole = expected.versions.some((each) => same(each, found));
    if (!whole) return `version ${now} has other points`;
  }
  if (progress.steps < 2) return `not through after ${patience} restarts`;
  const end = await readersOf(memory);
  if (typeof end === "string") return end;
  if (!same(end?.[1], expected.versions[1])) return "the end differs";
  // The old version is as it was, whatever was published after it.
  const old = await readersOf(memory, 1);
  if (typeof old === "string") return old;
  return same(old?.[1], expected.versions[0]) ? undefined : "version 1 differs in the end";
}

/** What readers see, or what they fail with. */
async function readersOf(
  store: Store,
  version?: number,
): Promise<[version: number, Answers] | undefined | string> {
  try {
    return await answers(store, version);
  } catch (error) {
    return `readers fail: ${error}`;
  }
}

function same(a: Answers | undefined, b: Answers | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
