import type { Store } from "@pocaduck/storage";

/** The store at a path or `file:` URL. */
export async function open(url: string): Promise<Store> {
  const { LocalStore } = await import("@pocaduck/storage-local");
  return new LocalStore(url.startsWith("file:") ? new URL(url).pathname : url);
}
