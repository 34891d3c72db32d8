import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type ByteSource, NeuronError } from "@pocaduck/neuron-parquet";
import type { ReadableStore } from "@pocaduck/storage";
import { parseAddress } from "../../address.ts";
import { CommandError } from "../../cli/exit-codes.ts";
import { openReadable } from "../../open.ts";
import { folderAndKey } from "../../outputs/folder-and-key.ts";
import { BucketFolder } from "./bucket-folder.ts";

/** Where neurons come from. */
export interface Input {
  /** As the user wrote it. */
  readonly name: string;
  /** What the library opens: a path, a URL of the web, or an object of a store, or many. */
  readonly source: string | ByteSource | BucketFolder;
  /** The object of another name in the same folder; nothing where there is none, or names cannot be tried. */
  beside(name: (own: string) => string): Promise<ByteSource | string | undefined>;
}

/**
 * Makes sure that there is something to read, and nothing that would wait for ever.
 * @throws {CommandError} `notFound`, or `usage` for a pipe or a device.
 */
export async function openInput(text: string, signal: AbortSignal): Promise<Input> {
  const [prefix = ""] = /^precomputed:\/\//.exec(text) ?? [];
  const place = text.slice(prefix.length);
  if (/^https?:/i.test(place)) {
    // Refuses a password, which the request would refuse with it in the message.
    if (/^[^/]*\/\/[^/]*@/.test(place)) parseAddress(place);
    return { name: text, source: text, beside: async () => undefined };
  }
  const address = parseAddress(place);
  if ("folder" in address) return openPath(text, prefix, address.folder);
  const { folder, key } = folderAndKey(address.url);
  const store = await openReadable(folder, {});
  const source =
    (await objectOf(store, key, text, signal)) ??
    (await BucketFolder.open(store, key, text, signal));
  if (!source) throw new CommandError(`${text} is not there`, "notFound");
  return {
    name: text,
    source,
    beside: (name) => objectOf(store, name(key), text.replace(/[^/]*$/, name), signal),
  };
}

function openPath(text: string, prefix: string, path: string): Input {
  const isThere = (at: string): boolean =>
    statSync(at, { throwIfNoEntry: false })?.isFile() === true;
  assertReadable(path, text);
  return {
    name: text,
    source: `${prefix}${path}`,
    beside: async (name) => (isThere(name(path)) ? name(path) : undefined),
  };
}

/** A path that can be read from any offset: a file or a folder. */
function assertReadable(path: string, text: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new CommandError(`${text} is not there`, "notFound");
  if (stat.isFile() || stat.isDirectory()) return;
  const what = stat.isFIFO() ? "a pipe" : stat.isSocket() ? "a socket" : "a device";
  throw new CommandError(
    `${text} is ${what}: neurons are read here and there, so store them in a file first`,
    "usage",
  );
}

async function objectOf(
  store: ReadableStore,
  key: string,
  name: string,
  signal: AbortSignal,
): Promise<ByteSource | undefined> {
  const meta = await store.head(key, { signal });
  if (!meta) return undefined;
  return {
    name,
    byteLength: meta.size,
    async slice(start, end) {
      const range = { offset: start, length: end - start };
      const bytes = end > start ? await store.getRange(key, range, { signal }) : new Uint8Array();
      if (bytes) return bytes;
      throw new NeuronError("unreadable", "was deleted while it was read", { file: name });
    },
  };
}

/** A small text that is read whole, and may come through a pipe. */
export async function readText(text: string, signal: AbortSignal): Promise<string> {
  const address = parseAddress(text);
  const stat =
    "folder" in address ? statSync(address.folder, { throwIfNoEntry: false }) : undefined;
  const isStream = stat?.isFIFO() === true || stat?.isCharacterDevice() === true;
  const bytes =
    "folder" in address && isStream
      ? await readFile(address.folder, { signal })
      : await bytesOf((await openInput(text, signal)).source);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CommandError(`${text} is no text of UTF-8`, "unreadable", { cause });
  }
}

export async function bytesOf(source: Input["source"]): Promise<Uint8Array> {
  if (source instanceof BucketFolder)
    throw new CommandError(`${source.name} is a folder, and a file was expected`, "usage");
  if (typeof source === "string") {
    if (/^https?:/i.test(source))
      throw new CommandError(`${source}: a file or an object of a bucket was expected`, "usage");
    if (statSync(source).isDirectory())
      throw new CommandError(`${source} is a folder, and a file was expected`, "usage");
    return readFile(source);
  }
  return new Uint8Array(await source.slice(0, source.byteLength));
}
