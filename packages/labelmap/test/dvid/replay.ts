import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { zstdDecompressSync } from "node:zlib";
import { sharedBytes, sharedJson } from "../shared.ts";

type Recorded = {
  id: string;
  method: string;
  path: string;
  status: number;
  file: string;
  storedAs?: string;
  requestBodyFile?: string;
};

export type Manifest = {
  root: string;
  child: string;
  bigRoot: string;
  requests: Recorded[];
  volumes: Record<string, { file: string; shapeZYX: [number, number, number] }>;
};

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export const manifest = (): Manifest => sharedJson("recorded", "manifest.json");

export interface Server {
  url: string;
  close: () => Promise<void>;
}

export async function listen(handler: Handler): Promise<Server> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A server that answers what DVID answered; of equal requests, the last one recorded. */
export function replay(): Promise<Server> {
  const answers = new Map<string, Recorded>();
  for (const recorded of manifest().requests) {
    const body = recorded.requestBodyFile ? sharedBytes("recorded", recorded.requestBodyFile) : "";
    answers.set(key(recorded.method, recorded.path, String(body)), recorded);
  }
  return listen(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const asked = key(request.method ?? "", request.url ?? "", Buffer.concat(parts).toString());
    const recorded = answers.get(asked);
    response.statusCode = recorded?.status ?? 418;
    response.end(recorded ? contents(recorded) : `not recorded: ${asked}`);
  });
}

export function recordedBody(id: string): Buffer {
  const found = manifest().requests.find((recorded) => recorded.id === id);
  if (!found) throw new Error(`${id} is not recorded`);
  return contents(found);
}

export function recordedVolume(name: string): { data: BigUint64Array; shape: number[] } {
  const { file, shapeZYX } = manifest().volumes[name] as Manifest["volumes"][string];
  const npy = zstdDecompressSync(sharedBytes("recorded", file));
  const data = new BigUint64Array(shapeZYX[0] * shapeZYX[1] * shapeZYX[2]);
  new Uint8Array(data.buffer).set(npy.subarray(npy.length - data.byteLength));
  return { data, shape: shapeZYX.toReversed() };
}

function contents({ file, storedAs }: Recorded): Buffer {
  const bytes = sharedBytes("recorded", file);
  return storedAs === "zstd" ? zstdDecompressSync(bytes) : bytes;
}

/** What a request means, whatever the order of its parameters: who asks, and defaults, do not count. */
function key(method: string, path: string, body: string): string {
  const url = new URL(path, "http://dvid");
  for (const name of ["u", "app", "interactive"]) url.searchParams.delete(name);
  if (url.searchParams.get("scale") === "0") url.searchParams.delete("scale");
  if (url.pathname.endsWith("/specificblocks")) url.searchParams.delete("compression");
  url.searchParams.sort();
  return `${method} ${decodeURIComponent(url.pathname + url.search)} ${body.replaceAll(" ", "")}`;
}
