import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Skeleton, writeNeurons } from "@pocaduck/neuron-parquet";
import { type Ended, startCommand } from "./run-command.ts";

/** A chain of nodes that turns, so that no two neurons are alike. */
export function chain(id: bigint | string, length = 4): Skeleton {
  const along = (step: number) =>
    Float32Array.from({ length }, (_, at) => Math.round(40 * Math.sin(at * step + Number(id))));
  return {
    kind: "skeleton",
    id,
    name: `n${id}`,
    units: "8 nanometer",
    soma: [1],
    nodeId: Int32Array.from({ length }, (_, at) => at + 1),
    parentId: Int32Array.from({ length }, (_, at) => (at === 0 ? -1 : at)),
    x: along(0.3),
    y: along(0.7),
    z: along(1.1),
    radius: new Float32Array(length).fill(2),
    label: Int32Array.from({ length }, (_, at) => (at === 0 ? 1 : 3)),
  };
}

export function swc(id: number): string {
  return `# Meta: {"id": "${id}", "name": "n${id}"}\n1 1 0 0 0 5 -1\n2 3 10 0 0 1 1\n3 3 10 20 ${id} 1 2\n`;
}

export async function writeChains(path: string, count: number, length?: number): Promise<void> {
  await writeNeurons(
    path,
    Array.from({ length: count }, (_, at) => chain(BigInt(at + 1), length)),
  );
}

/** `pocaduck neurons …`, to its end. */
export async function neurons(...words: string[]): Promise<Omit<Ended, "signal">> {
  const { code, stdout, stderr } = await startCommand(["neurons", ...words]).ended;
  return { code, stdout, stderr };
}

interface Site extends AsyncDisposable {
  url: string;
  /** Bytes that were sent. */
  sent: number;
}

/** Serves ranges of `bytes`; `answer` may take a request for itself, told how many there were before. */
export async function serveBytes(
  bytes: Uint8Array,
  answer: (asked: number) => "serve" | "hang" | number = () => "serve",
): Promise<Site> {
  let asked = 0;
  const server = createServer((request, response) => {
    if (request.url?.includes(".connectors.")) {
      response.writeHead(404).end();
      return;
    }
    const what = answer(asked++);
    if (what === "hang") return;
    if (what !== "serve") {
      response.writeHead(what).end();
      return;
    }
    const [, from = "", to = ""] = /bytes=(\d*)-(\d*)/.exec(request.headers.range ?? "") ?? [];
    const start = from === "" ? Math.max(0, bytes.length - Number(to)) : Number(from);
    const end = from === "" || to === "" ? bytes.length : Number(to) + 1;
    const range = `bytes ${start}-${end - 1}/${bytes.length}`;
    site.sent += end - start;
    response.writeHead(206, { "content-range": range }).end(bytes.subarray(start, end));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const site: Site = {
    sent: 0,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return site;
}
