import { statSync } from "node:fs";
import { rewriteNeurons } from "@pocaduck/neuron-parquet";

/** A child of its own, for its peak memory: rewrites the first path to the second. */
const [, , from = "", to = ""] = process.argv;
const started = performance.now();
const { rows } = await rewriteNeurons(from, to);
const seconds = (performance.now() - started) / 1000;
const peak = process.resourceUsage().maxRSS * 1024;
const sizes = { before: statSync(from).size, after: statSync(to).size };
process.stdout.write(JSON.stringify({ rows, seconds, peak, ...sizes }));
