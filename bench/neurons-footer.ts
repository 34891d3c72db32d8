import { open } from "node:fs/promises";
import { openNeurons, type Skeleton, writeNeurons } from "@pocaduck/neuron-parquet";

/**
 * A child of its own, for its peak memory. `write`, a path, `keys` or `table`: a file with the footer of the FlyWire release made lean,
 * that is 140,000 neurons with four keys each in 8,236 row groups, where 268 million rows make 8,188; its neurons have twelve nodes.
 * `open`, a path: what opening it and the first neuron ask of a source.
 */
const [way, path = "", layout = "keys"] = process.argv.slice(2);
const NEURONS = 140_000;
const NODES = 12;
const GROUP_NEURONS = 17;
const FIRST = 720_575_940_600_000_000n;

async function write(): Promise<void> {
  const nodeId = Int32Array.from({ length: NODES }, (_, row) => row + 1);
  const parentId = Int32Array.from({ length: NODES }, (_, row) => (row === 0 ? -1 : row));
  const neurons = async function* (): AsyncGenerator<Skeleton> {
    for (let at = 0; at < NEURONS; at++) {
      const column = (factor: number): Float32Array =>
        Float32Array.from({ length: NODES }, (_, row) => (row * factor * (at % 97)) | 0);
      const place = { x: column(10), y: column(7), z: column(13), radius: column(2) };
      // Ids of the release lie this far apart, in the mean.
      const id = FIRST + BigInt(at) * 392_017n;
      const keys = { name: `neuron ${at}`, units: "1 nanometer", soma: [1] };
      yield { kind: "skeleton", id, ...keys, nodeId, parentId, ...place };
    }
  };
  const groupRows = GROUP_NEURONS * NODES;
  await writeNeurons(path, neurons(), {
    metadata: layout === "table" ? "table" : "keys",
    groupRows,
  });
}

async function read(): Promise<Record<string, number>> {
  await using handle = await open(path);
  const { size } = await handle.stat();
  let requests = 0;
  let fetched = 0;
  const source = {
    byteLength: size,
    async slice(start: number, end: number): Promise<Uint8Array> {
      requests++;
      fetched += end - start;
      const bytes = new Uint8Array(end - start);
      await handle.read(bytes, 0, bytes.length, start);
      return bytes;
    },
  };
  const started = performance.now();
  await using file = await openNeurons(source);
  const seconds = (performance.now() - started) / 1000;
  const atOpen = { requests, fetched, seconds };
  const neuron = await file.neuron(FIRST + 392_017n * 70_000n);
  if (neuron?.name !== "neuron 70000") throw new Error(`read ${neuron?.name}`);
  return { ...atOpen, one: requests - atOpen.requests, size };
}

const told = way === "write" ? await write() : await read();
const peak = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ ...told, peak }));
