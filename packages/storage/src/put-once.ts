import { isStoreError, StoreError } from "./errors.ts";
import type { Store, StoreOptions } from "./store.ts";

const attempts = 5;

/**
 * Creates an object, and finds out what became of it when the answer is lost: the object is read
 * back; ours → `won`, another's → `lost`, absent → tried again. `body` must be unlike any rival's
 * (hold an id of this writer), or both would think they won.
 * @throws {StoreError} `unknown-outcome` when the object cannot be read back either.
 */
export async function putOnce(
  store: Store,
  key: string,
  body: Uint8Array,
  options: StoreOptions = {},
): Promise<"won" | "lost"> {
  let inDoubt: unknown;
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      const meta = await store.putIfAbsent(key, body, options);
      if (meta) return "won";
      if (inDoubt === undefined) return "lost";
    } catch (error) {
      if (!isStoreError(error, "unavailable", "unknown-outcome")) throw error;
      inDoubt = error;
    }
    const outcome = await readBack(store, key, body, options);
    if (outcome) return outcome;
  }
  throw new StoreError(
    "unknown-outcome",
    key,
    `absent after ${attempts} attempts to create it, none of which was answered: ${inDoubt instanceof Error ? inDoubt.message : inDoubt}`,
    { cause: inDoubt },
  );
}

async function readBack(
  store: Store,
  key: string,
  body: Uint8Array,
  options: StoreOptions,
): Promise<"won" | "lost" | undefined> {
  let failure: unknown;
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      const found = await store.get(key, options);
      return found && (equal(found, body) ? "won" : "lost");
    } catch (error) {
      if (!isStoreError(error, "unavailable")) throw error;
      failure = error;
    }
  }
  const reason = "was created or not; it could not be read back";
  throw new StoreError("unknown-outcome", key, reason, { cause: failure });
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
