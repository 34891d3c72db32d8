import type { ReadableStore } from "@pocaduck/storage";
import { attempt, type Note } from "./finding.ts";

/** A dataset's first object. */
export const firstKey = "pocaduck.json";

/** What can be asked of a place that takes no writes. Tells whether the dataset's first object is there. */
export async function checkReader(
  store: ReadableStore,
  note: Note,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let size: number | undefined;
  note(
    await attempt("the dataset's first object is there", async () => {
      size = (await store.head(firstKey, { signal }))?.size;
      if (size === undefined) throw new Error(`there is no ${firstKey}`);
    }),
  );
  if (size === undefined) return false;
  note(
    await attempt("getRange returns exactly the bytes asked for", async () => {
      const whole = await store.get(firstKey, { signal });
      const part = await store.getRange(firstKey, { offset: 1, length: 3 }, { signal });
      const same = part?.every((byte, i) => byte === whole?.[i + 1]);
      if (part?.length !== 3 || !same) throw new Error("other bytes than the whole object has");
      if (whole?.length !== size) throw new Error(`${whole?.length} bytes, announced as ${size}`);
    }),
  );
  return true;
}
