import { afterAll, expect, test } from "vitest";
import { startMinio } from "../../../scripts/servers/minio.mjs";
import { available } from "../../../test/available.ts";
import { type ByteSource, encodeNeurons, isNeuronError, openNeurons } from "../src/index.ts";
import { all, makeConnectors, makeSkeleton } from "./arbitrary.ts";
import { presigned } from "./presigned.ts";

const minio = await available(startMinio);
afterAll(() => minio?.stop());

const neurons = Array.from({ length: 60 }, (_, at) => {
  const skeleton = makeSkeleton(720575940600000000n + BigInt(at), 2000);
  return { ...skeleton, connectors: makeConnectors(skeleton, 30) };
});

async function put(path: string, body?: Uint8Array): Promise<void> {
  if (!minio) throw new Error("no MinIO");
  const answer = await fetch(presigned("PUT", path, minio), {
    method: "PUT",
    ...(body ? { body: body as Uint8Array<ArrayBuffer> } : {}),
  });
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
}

test.skipIf(!minio)(
  "a bucket gives one neuron, all of them, and their connectors, by URL and by slices (needs MinIO)",
  async () => {
    if (!minio) return;
    const sidecar: Uint8Array[] = [];
    const bytes = await encodeNeurons(neurons, {
      connectorsSink: { write: (part) => void sidecar.push(part.slice()) },
    });
    await put("/neurons");
    await put("/neurons/a.parquet", bytes);
    await put("/neurons/a.connectors.parquet", Buffer.concat(sidecar));
    const url = presigned("GET", "/neurons/a.parquet", minio);
    const connectors = presigned("GET", "/neurons/a.connectors.parquet", minio);
    let requests = 0;
    const slices: ByteSource = {
      byteLength: bytes.length,
      async slice(start, end) {
        requests++;
        const answer = await fetch(url, { headers: { range: `bytes=${start}-${end - 1}` } });
        expect(answer.status).toBe(206);
        return answer.arrayBuffer();
      },
    };
    for (const source of [url, slices]) {
      await using file = await openNeurons(source, { connectors, tailSize: 65_536 });
      expect(await file.neuron(neurons[17]?.id ?? 0n)).toEqual(neurons[17]);
      expect(await all(file.neurons())).toEqual(neurons);
    }
    requests = 0;
    await using alone = await openNeurons(slices, { connectors: false, tailSize: 65_536 });
    expect(requests).toBe(1);
    await alone.neuron(neurons[40]?.id ?? 0n);
    expect(requests).toBe(2);
  },
);

test.skipIf(!minio)(
  "a bucket that lacks the object, or denies it, is told with its answer (needs MinIO)",
  async () => {
    if (!minio) return;
    await put("/other");
    const absent = presigned("GET", "/other/absent.parquet", minio);
    await expect(openNeurons(absent)).rejects.toMatchObject({
      code: "not-found",
      message: expect.stringContaining("404"),
    });
    const denied = await openNeurons(`${minio.url}/other/absent.parquet`).catch(
      (error: unknown) => error,
    );
    expect(isNeuronError(denied, "unreadable") && denied.message).toContain("403");
  },
);
