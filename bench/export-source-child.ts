import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { encodedCells } from "./label-blocks.ts";

/**
 * Answers what an export asks of DVID, with generated blocks at every place of a cube: `export-source-child.ts <edge>`,
 * its length in blocks. Prints its URL, and its processor seconds when it is ended.
 */
const edge = Number(process.argv[2]);
const uuid = "0123456789abcdef0123456789abcdef";
const pool = Array.from({ length: 48 }, (_, seed) => gzipSync(encodedCells(10, seed + 1)));
const updated = "2026-01-01T00:00:00Z";
const node = { Branch: "", Locked: true, Updated: updated };
const answers: Record<string, object | string> = {
  [`/api/repo/${uuid}/info`]: { Root: uuid, MutationID: 1, DAG: { Nodes: { [uuid]: node } } },
  [`/api/node/${uuid}/seg/info`]: {
    Base: { Name: "seg", TypeName: "labelmap", Compression: "gzip", DataUUID: uuid },
    Extended: {
      BlockSize: [64, 64, 64],
      VoxelSize: [8, 8, 8],
      VoxelUnits: ["nanometers", "nanometers", "nanometers"],
      MinPoint: [0, 0, 0],
      MaxPoint: [64 * edge - 1, 64 * edge - 1, 64 * edge - 1],
      MaxDownresLevel: 0,
      IndexedLabels: false,
    },
  },
  [`/api/node/${uuid}/seg/mappings`]: "",
};

const server = createServer((request, response) => {
  const [path = ""] = (request.url ?? "").split("?");
  const [, shape, start] = /\/blocks\/([\d_]+)\/([\d_-]+)$/.exec(path) ?? [];
  if (shape !== undefined && start !== undefined) {
    response.end(Buffer.concat([...frames(blocks(shape), blocks(start))]));
    return;
  }
  const answer = answers[path];
  response.statusCode = answer === undefined ? 404 : 200;
  response.end(typeof answer === "object" ? JSON.stringify(answer) : (answer ?? "unknown"));
});

function blocks(text: string): number[] {
  return text.split("_").map((voxels) => Number(voxels) / 64);
}

function* frames([nx = 0, ny = 0, nz = 0]: number[], [x = 0, y = 0, z = 0]: number[]) {
  for (let k = z; k < Math.min(edge, z + nz); k++) {
    for (let j = y; j < Math.min(edge, y + ny); j++) {
      for (let i = x; i < Math.min(edge, x + nx); i++) {
        const payload = pool[(i + 7 * j + 13 * k) % pool.length] ?? Buffer.alloc(0);
        const head = Buffer.alloc(16);
        for (const [at, value] of [i, j, k, payload.length].entries()) {
          head.writeInt32LE(value, 4 * at);
        }
        yield head;
        yield payload;
      }
    }
  }
}

server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}`, uuid }));
});
process.on("SIGTERM", () => {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ cpu: (user + system) / 1e6 }));
  process.exit(0);
});
