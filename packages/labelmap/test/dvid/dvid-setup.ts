import type { TestProject } from "vitest/node";
import { startDvid } from "../../../../scripts/servers/dvid.mjs";
import { available } from "../../../../test/available.ts";

declare module "vitest" {
  export interface ProvidedContext {
    dvid: { url: string } | undefined;
  }
}

/** One DVID for all files of this package. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await available(startDvid);
  if (server === undefined) return async () => {};
  project.provide("dvid", { url: server.url });
  return server.stop;
}
