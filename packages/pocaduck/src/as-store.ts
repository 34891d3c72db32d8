import type { ReadableStore, Store } from "@pocaduck/storage";
import { ConfigError } from "./config/config-error.ts";

const reading = ["get", "getRange", "head", "list"] as const;
const writing = ["put", "putIfAbsent", "delete"] as const;

/** What another package's `openStore` answered; a store that writes has all seven methods. */
export function asStore(value: unknown, where: string): Store | ReadableStore {
  const found = (typeof value === "object" && value !== null ? value : {}) as Partial<Store>;
  const writes = writing.some((method) => method in found);
  const missing = [...reading, ...(writes ? writing : [])].filter(
    (method) => typeof found[method] !== "function",
  );
  if (missing.length === 0) return found as Store | ReadableStore;
  throw new ConfigError(
    "invalid-config",
    `${where}: what its openStore answers is no store, for it has no ${missing.join(", ")}`,
  );
}
