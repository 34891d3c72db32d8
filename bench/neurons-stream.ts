import { encodeNeurons, openNeurons, type Skeleton, writeNeurons } from "@pocaduck/neuron-parquet";

/** A child of its own, so that its peak memory is that of one direction: `write` or `read`, then the path and the number of neurons. */
const [way, path = "", count = "0"] = process.argv.slice(2);
const rows = 470;
const started = performance.now();
let nodes = 0;
if (way === "write") {
  const parentId = Int32Array.from({ length: rows }, (_, row) => (row === 0 ? -1 : row));
  const nodeId = Int32Array.from({ length: rows }, (_, row) => row + 1);
  const neurons = async function* (): AsyncGenerator<Skeleton> {
    for (let at = 0; at < Number(count); at++) {
      const column = (factor: number): Float32Array =>
        Float32Array.from({ length: rows }, (_, row) => Math.round((row * factor * (at % 97)) / 3));
      const id = 720575940000000000n + BigInt(at);
      yield {
        kind: "skeleton",
        id,
        name: `neuron ${at}`,
        units: "8 nanometer",
        soma: [1],
        nodeId,
        parentId,
        x: column(1),
        y: column(7),
        z: column(13),
        radius: column(2),
      };
    }
  };
  nodes = (await writeNeurons(path, neurons())).rows;
} else if (way === "read") {
  await using file = await openNeurons(path);
  for await (const neuron of file.neurons()) nodes += neuron.x.length;
} else await encodeNeurons([]);
const seconds = (performance.now() - started) / 1000;
// Kilobytes, on every system that Node runs on.
process.stdout.write(
  JSON.stringify({ seconds, nodes, peak: process.resourceUsage().maxRSS * 1024 }),
);
