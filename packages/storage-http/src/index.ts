export { HttpStore } from "./http-store.ts";
export type { HttpStoreOptions } from "./options.ts";
