import { openSync } from "node:fs";
import { isStoreError } from "@pocaduck/storage";
import { LocalStore } from "../src/index.ts";

/** Does one thing to a store and prints what came of it; run by the tests as another user or under limits. */
const [root = "", action = ""] = process.argv.slice(2);
const [verb, key = ""] = action.split(" ");
const store = new LocalStore(root);
const big = new Uint8Array(1 << 20);

async function act(): Promise<string> {
  if (verb === "get") return new TextDecoder().decode(await store.get(key));
  if (verb === "put") return (await store.put(key, big)).etag;
  if (verb === "create") return String(await store.putIfAbsent(key, big));
  if (verb === "delete") return String(await store.delete(key));
  if (verb === "crowd") {
    const taken: number[] = [];
    try {
      for (;;) taken.push(openSync("/dev/null", "r"));
    } catch {
      // As many as allowed.
    }
    return new TextDecoder().decode(await store.get(key));
  }
  const found: string[] = [];
  for await (const meta of store.list("")) found.push(meta.key);
  return found.join(" ");
}

try {
  console.log(await act());
} catch (error) {
  if (!isStoreError(error)) throw error;
  console.log(error.code, error.message);
}
