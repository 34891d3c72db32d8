import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { sidecarName } from "@pocaduck/neuron-parquet";
import { CommandError } from "../cli/exit-codes.ts";
import type { Output } from "../cli/output.ts";
import { cannotWrite, isFileError } from "../clouds/cannot-write.ts";
import type { Target } from "./target.ts";

interface Delivery {
  signal: AbortSignal;
  output: Output;
}

/**
 * Has `write` make a file or a folder, whole or not at all, and brings it to where it belongs. What is for a bucket or
 * a stream is made in a temporary folder first: until it is whole, nothing of it is anywhere.
 */
export async function deliver<T>(
  target: Target,
  { signal, output }: Delivery,
  write: (path: string) => Promise<T>,
): Promise<T> {
  if ("path" in target) return written(target.name, target.path, write);
  if ("standard" in target && output.json)
    throw new CommandError("--json and the output both want standard output", "usage");
  const folder = await mkdtemp(join(tmpdir(), "pocaduck-"));
  try {
    const path = join(folder, "key" in target ? target.key : basename(target.name));
    const result = await written(path, path, write);
    signal.throwIfAborted();
    if ("key" in target) await upload(target, folder, signal);
    else await pour(target, path, { signal, output });
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Tells what came of it: on standard error where standard output is what was written. */
export function report(target: Target, output: Output, line: string, value: unknown): void {
  if ("standard" in target) output.note(line);
  else if (output.json) output.value(value);
  else output.line(line);
}

async function written<T>(
  name: string,
  path: string,
  write: (path: string) => Promise<T>,
): Promise<T> {
  try {
    return await write(path);
  } catch (error) {
    if (!isFileError(error)) throw error;
    const plain = path.replace(/\/+$/, "");
    // What a folder of input says of a file in it names that file.
    if (error.path === undefined || error.path.startsWith(plain)) throw cannotWrite(name, error);
    const exit = error.code === "ENOENT" ? "notFound" : "unavailable";
    throw new CommandError(`cannot read ${error.path}: ${error.code}`, exit, { cause: error });
  }
}

/** An `info` and a table are what others are found by, so they come last. */
async function upload(
  { store, key }: Extract<Target, { key: string }>,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const names = await filesIn(folder);
  const last = names.filter((name) => name === key || name === `${key}/info`);
  for (const name of [...names.filter((one) => !last.includes(one)), ...last]) {
    await store.put(name, createReadStream(join(folder, name)), { signal });
  }
  // As on a disk: connectors of what was replaced would be taken for those of what is new.
  for (const name of names.filter((one) => /\.parquet$/i.test(one))) {
    const sidecar = sidecarName(name);
    if (!names.includes(sidecar) && !/\.connectors\.parquet$/i.test(name))
      await store.delete(sidecar, { signal });
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

async function pour(
  target: Extract<Target, { device: string } | { standard: true }>,
  path: string,
  { signal, output }: Delivery,
): Promise<void> {
  const { name } = target;
  if (existsSync(sidecarName(path)))
    output.note(`connectors were not written: beside ${name} is no place for them (--dialect zip)`);
  const parts = createReadStream(path);
  if ("standard" in target) {
    for await (const part of parts) await output.bytes(part);
    return;
  }
  try {
    await pipeline(parts, createWriteStream(target.device, { flags: "w" }), { signal });
  } catch (error) {
    throw isFileError(error) ? cannotWrite(name, error) : error;
  }
}
