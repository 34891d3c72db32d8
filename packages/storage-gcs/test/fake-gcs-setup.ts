import type { TestProject } from "vitest/node";
import { startFakeGcs } from "../../../scripts/servers/fake-gcs.mjs";
import { available } from "../../../test/available.ts";

export interface GcsPlace {
  url: string;
  bucket: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    gcs: { url: string; bucket: string } | undefined;
  }
}

/** One fake-gcs-server for all files of this package. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await available(startFakeGcs);
  if (server === undefined) return async () => {};
  const { url, stop } = server;
  const bucket = "contract";
  const body = JSON.stringify({ name: bucket });
  const headers = { "content-type": "application/json" };
  const made = await fetch(`${url}/storage/v1/b?project=test`, { method: "POST", headers, body });
  if (!made.ok) throw new Error(`fake-gcs-server made no bucket: ${made.status}`);
  project.provide("gcs", { url, bucket });
  return stop;
}
