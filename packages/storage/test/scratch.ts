import { randomUUID } from "node:crypto";
import { mapConcurrent, prefixed, type Store } from "../src/index.ts";

/** Runs `work` below a prefix of its own in somebody's bucket, which is as before afterwards. */
export async function inScratch(
  store: Store,
  prefix: string,
  work: (scratch: Store, taken: number) => Promise<void>,
): Promise<void> {
  const scratch = `${prefix && `${prefix}/`}${randomUUID()}/`;
  try {
    await work(prefixed(store, scratch), scratch.length);
  } finally {
    await clear(store, scratch);
  }
}

async function clear(store: Store, prefix: string): Promise<void> {
  // While `a` is there, a listing of MinIO hides `a/b`: so another one follows.
  for (let round = 0; round < 5; round++) {
    const keys: string[] = [];
    for await (const { key } of store.list(prefix)) keys.push(key);
    if (keys.length === 0) return;
    await mapConcurrent(keys, 16, (key) => store.delete(key));
  }
  throw new Error(`${prefix} is not empty after its test`);
}
