import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { encodeBlock, type Triple } from "@pocaduck/labelmap";
import { writeFrames } from "@pocaduck/labelmap/dvid";
import { expect, onTestFinished, test } from "vitest";
import { openDvidVolume } from "../../src/dvid/open.ts";
import { readBlocks } from "../../src/index.ts";

const uuid = "0123456789abcdef0123456789abcdef";
const edge = 16;

/** The labels of a made volume; nothing is stored where x is from 16 to 31. */
function label(x: number, y: number, z: number): bigint {
  if (x >= 16 && x < 32) return 0n;
  return BigInt(1 + Math.floor((x + 32) / 5)) + BigInt(y >> 3) * 2n ** 60n + BigInt(z & 1);
}

const nodes = { [uuid]: { Branch: "", Locked: true, Updated: "2026-01-01T00:00:00Z" } };
const repo = { Root: uuid, MutationID: 1, DAG: { Nodes: nodes } };
const info = {
  Base: {
    TypeName: "labelmap",
    Name: "seg",
    DataUUID: "d",
    Compression: "gzip compression, level -1",
  },
  Extended: {
    BlockSize: [edge, edge, edge],
    VoxelSize: [8, 8, 10],
    VoxelUnits: ["nanometers", "nanometers", "nanometers"],
    MinPoint: [-16, 0, -32],
    MaxPoint: [63, 31, 15],
    IndexedLabels: true,
    MaxDownresLevel: 2,
  },
};

/** As much of a DVID as a volume asks for; supervoxel 3 is of body 2^63. Counts requests for blocks. */
async function serve(damage = false): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://dvid");
    if (pathname === `/api/repo/${uuid}/info`) response.end(JSON.stringify(repo));
    else if (pathname.endsWith("/info")) response.end(JSON.stringify(info));
    else if (pathname.endsWith("/mappings")) {
      response.end(new Uint8Array(BigUint64Array.of(3n, 2n ** 63n).buffer));
    } else {
      requests.push(pathname);
      blocks(pathname, Number(searchParams.get("scale")), damage, response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `dvid://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function blocks(path: string, scale: number, damage: boolean, response: ServerResponse): void {
  const [size, offset] = path
    .split("/")
    .slice(-2)
    .map((part) => part.split("_").map(Number));
  const range = (axis: number): number[] =>
    Array.from(
      { length: (size?.[axis] ?? 0) / edge },
      (_, at) => (offset?.[axis] ?? 0) / edge + at,
    );
  const places = range(2).flatMap((z) => range(1).flatMap((y) => range(0).map((x) => [x, y, z])));
  const stored = places.filter(
    ([x, y = 0, z = 0]) => x !== 1 && y >= 0 && y < 2 && z >= -2 && z < 1,
  );
  const frames = stored.map((place) => ({
    block: place as unknown as Triple,
    payload: damage ? gzipSync("no block") : gzipSync(encode(place, scale)),
  }));
  response.end(writeFrames(frames));
}

function encode([bx = 0, by = 0, bz = 0]: number[], scale: number): Uint8Array {
  const voxels = BigUint64Array.from({ length: edge ** 3 }, (_, at) => {
    const [x, y, z] = [at % edge, Math.floor(at / edge) % edge, Math.floor(at / edge ** 2)];
    return label(bx * edge + x, by * edge + y, bz * edge + z) + BigInt(scale);
  });
  return encodeBlock(voxels, { shape: [edge, edge, edge] });
}

test("every voxel is there, by body or by supervoxel, also at negative places", async () => {
  for (const query of ["", "?supervoxels"]) {
    const { url, requests } = await serve();
    const volume = await openDvidVolume(`${url}/${uuid}/seg${query}`);
    expect(volume).toMatchObject({ origin: [-16, 0, -32], shape: [80, 32, 48], type: "uint64" });
    expect(volume.source).toMatchObject({ uuid, dataUuid: "d" });
    expect(volume.axes[2]).toMatchObject({ name: "z", unit: "nm", resolution: 10 });
    let voxels = 0;
    for await (const [block, { data }] of readBlocks(volume, volume.grid())) {
      const [x0, y0, z0] = block.start;
      data.forEach((found, at) => {
        const row = Math.floor(at / block.shape[0]);
        const y = y0 + (row % block.shape[1]);
        const z = z0 + Math.floor(row / block.shape[1]);
        const stored = label(x0 + (at % block.shape[0]), y, z);
        const expected = stored === 3n && query === "" ? 2n ** 63n : stored;
        if (found !== expected) expect([x0, y, z, found]).toEqual([x0, y, z, expected]);
      });
      voxels += data.length;
    }
    expect(voxels).toBe(80 * 32 * 48);
    // Bricks of 4³ blocks: two along x, one along y, two along z.
    expect(requests.length).toBe(4);
  }
});

test("a coarser scale spans fewer blocks of larger voxels", async () => {
  const { url } = await serve();
  const volume = await openDvidVolume(`${url}/${uuid}/seg?supervoxels`, { scale: 1 });
  expect(volume).toMatchObject({ origin: [-16, 0, -16], shape: [48, 16, 32] });
  expect(volume.axes[0].resolution).toBe(16);
  const { data } = await volume.readBlock(volume.grid([16, 16, 16]).at(0, 0, 0));
  expect(data[0]).toBe(label(-16, 0, -16) + 1n);
  await expect(openDvidVolume(`${url}/${uuid}/seg`, { scale: 3 })).rejects.toMatchObject({
    code: "not-found",
  });
});

test("a block that does not decode is named", async () => {
  const { url } = await serve(true);
  const volume = await openDvidVolume(`${url}/${uuid}/seg`);
  await expect(volume.readBlock(volume.grid().at(0, 0, 0))).rejects.toMatchObject({
    name: "VolumeError",
    code: "corrupt",
    message: expect.stringContaining("block "),
  });
});
