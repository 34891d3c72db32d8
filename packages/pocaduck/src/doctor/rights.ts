import { isStoreError, type Store } from "@pocaduck/storage";
import { attempt, type Note } from "./finding.ts";

const key = "permitted";
const body = new TextEncoder().encode("pocaduck doctor");

/**
 * Whether the four rights are there; without them every promise would fail for that one reason.
 * `meanwhile` is called while an object lies at its argument.
 */
export async function checkRights(
  store: Store,
  note: Note,
  meanwhile: (key: string) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let written = false;
  const steps: [string, () => Promise<unknown>][] = [
    ["may list", () => store.list("")[Symbol.asyncIterator]().next()],
    [
      "may write",
      async () => {
        await store.put(key, body);
        written = true;
      },
    ],
    [
      "may read",
      async () => {
        const found = await store.get(key);
        if (written && String(found) !== String(body)) throw new Error("other bytes than written");
      },
    ],
    [
      "may delete",
      async () => {
        if (written) await meanwhile(key);
        await store.delete(key);
      },
    ],
  ];
  let all = true;
  for (const [promise, step] of steps) {
    let met: unknown;
    const finding = await attempt(promise, () =>
      step().catch((error: unknown) => {
        met = error;
        throw error;
      }),
    );
    signal?.throwIfAborted();
    note(finding);
    all &&= finding.holds;
    // A place that is not there, or does not answer, would say the same four times.
    if (met !== undefined && !isStoreError(met, "forbidden", "read-only", "full")) return false;
  }
  return all;
}
