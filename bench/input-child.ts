import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { encodeBlock } from "./block-stream.ts";
import { blocksOfSet, type SetName } from "./blocks-of-set.ts";

/** Writes a set as `encodeBlock` has it: `input-child.ts <set> <size> [file]`, to standard output without a file. */
const [set, size, path] = process.argv.slice(2);
const parts = async function* (): AsyncGenerator<Uint8Array> {
  for await (const block of blocksOfSet(set as SetName, Number(size))) yield* encodeBlock(block);
};
await pipeline(Readable.from(parts()), path ? createWriteStream(path) : process.stdout);
