import { MemoryStore } from "@pocaduck/storage";
import { type Fault, FaultStore } from "@pocaduck/storage/testing";
import { type Answers, answers, operate, type Progress } from "./operator.ts";

/** Answers of both versions in a run that nothing disturbs, and the store calls it makes. */
export interface Undisturbed {
  versions: Answers[];
  methods: string[];
}

/** The eight ways a call can go wrong. */
export const ways: Pick<Fault, "kind" | "when">[] = (["before", "after"] as const).flatMap((when) =>
  (["fail", "throw", "hang", "kill"] as const).map((kind) => ({ kind, when })),
);

export async function undisturbed(): Promise<Undisturbed> {
  const store = new FaultStore(new MemoryStore(), []);
  const progress = { steps: 0 };
  await operate(store, progress);
  const methods = store.trace.map(({ method }) => method);
  const versions: Answers[] = [];
  for (const version of [1, 2]) versions.push((await answers(store, version))?.[1] ?? {});
  return { versions, methods };
}

/** Restarts after which a run with few faults must be through. */
const patience = 12;

/**
 * Runs the operator under `faults`, restarting it after each, and returns what went wrong: nothing, if readers saw
 * whole versions all along and the end is that of the undisturbed run.
 */
export async function simulate(
  faults: readonly Fault[],
  expected: Undisturbed,
  { publishers = 1 }: { publishers?: number } = {},
): Promise<string | undefined> {
  const memory = new MemoryStore();
  const progress: Progress = { steps: 0 };
  let left = [...faults];
  let version = 0;
  for (let run = 0; run < patience && progress.steps < 2; run++) {
    const store = new FaultStore(memory, left);
    await Promise.race([operate(store, progress, publishers).catch(() => {}), store.stopped]);
    // Calls go on counting where the last run ended, so each fault strikes once.
    left = left
      .filter(({ at }) => at > store.calls)
      .map((fault) => ({ ...fault, at: fault.at - store.calls }));
    const seen = await answers(memory);
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
  const end = await answers(memory);
  if (!same(end?.[1], expected.versions[1])) return "the end differs";
  // The old version is as it was, whatever was published after it.
  const [, first] = (await answers(memory, 1)) ?? [];
  return same(first, expected.versions[0]) ? undefined : "version 1 differs in the end";
}

function same(a: Answers | undefined, b: Answers | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
