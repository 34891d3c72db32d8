import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openNeurons } from "@pocaduck/neuron-parquet";
import { medianSeconds } from "./median-seconds.ts";

type Ask = (script: string, ...words: string[]) => unknown;

export interface Fly {
  rows: number;
  local: number;
  first: number;
  http: number;
  requests: number;
  firstRequests: number;
  fetched: number;
  /** Without the index, the very first neuron by range requests. */
  search: { seconds: number; requests: number; fetched: number };
  navis: number;
}

/** One neuron of a file of the FlyWire shape, which is made once in `folder`; `ask` runs a script of Python and answers what it tells. */
export async function flywire(path: string, ask: Ask): Promise<Fly> {
  if (!existsSync(path)) {
    process.stderr.write("making the file of the FlyWire shape, 1 GB, once\n");
    ask("neurons-flywire.py", path);
  }
  await using file = await openNeurons(path);
  const ids = await file.ids();
  const pick = (step: number) => ids[(step * 1777 + 4000) % ids.length] as bigint;
  const first = await medianSeconds(1, () => file.neuron(pick(0)));
  const index = await file.sideIndex({ nodeIds: true });
  let step = 1;
  const local = await medianSeconds(21, () => file.neuron(pick(step++)));
  const server = await slowServer(path);
  try {
    await using remote = await openNeurons(server.url, { index });
    await using unknown = await openNeurons(server.url);
    await unknown.ids();
    server.reset();
    const seconds = await medianSeconds(1, () => unknown.neuron(pick(0)));
    const search = { seconds, ...server.counts() };
    server.reset();
    await remote.neuron(pick(400));
    const firstRequests = server.counts().requests;
    server.reset();
    const took: number[] = [];
    const rounds = 11;
    for (let round = 0; round < rounds; round++) {
      took.push(await medianSeconds(1, () => remote.neuron(pick(500 + round))));
    }
    took.sort((a, b) => a - b);
    const requests = server.counts().requests / rounds;
    const fetched = server.counts().fetched / rounds;
    const navis = ask("neurons-one.py", path, String(pick(3))) as number;
    return {
      rows: file.rows,
      first,
      local,
      http: took[rounds >> 1] as number,
      requests,
      firstRequests,
      fetched,
      search,
      navis,
    };
  } finally {
    await server.close();
  }
}

/** Serves ranges of a file, each after 30 ms. */
async function slowServer(path: string) {
  const handle = await open(path);
  const { size } = await handle.stat();
  let requests = 0;
  let fetched = 0;
  const server = createServer(async (request, response) => {
    requests++;
    const [, from = "", to = ""] = /bytes=(\d*)-(\d*)/.exec(request.headers.range ?? "") ?? [];
    const start = from === "" ? size - Number(to) : Number(from);
    const end = from === "" || to === "" ? size : Number(to) + 1;
    const body = Buffer.alloc(end - start);
    await handle.read(body, 0, body.length, start);
    fetched += body.length;
    await new Promise((resolve) => setTimeout(resolve, 30));
    response.writeHead(206, {
      "content-range": `bytes ${start}-${end - 1}/${size}`,
      "content-length": body.length,
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/flywire.parquet`,
    counts: () => ({ requests, fetched }),
    reset() {
      requests = 0;
      fetched = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await handle.close();
    },
  };
}
