import { inflate } from "../archive/inflate.ts";
import { assertMemberName, isNoise } from "../archive/member-name.ts";
import { readTar } from "../archive/tar.ts";
import { listZip, MAX_MEMBER_BYTES, readMember } from "../archive/zip-read.ts";
import { streamOf } from "../byte-stream.ts";
import { isNeuronError, NeuronError, placed } from "../errors.ts";
import type { Skeleton, Warning } from "../model.ts";
import { nodeModule } from "../node-module.ts";
import { withOrigin } from "../origin.ts";
import { type NeuronSource, openReader, type Reader } from "../source.ts";
import { idOfFile, type NameParts, nameReader } from "./swc-name.ts";
import { type ParseSwcOptions, parseSwc } from "./swc-parse.ts";

export interface ReadSwcOptions extends Omit<ParseSwcOptions, "id" | "file"> {
  /** How names of files give ids and properties, such as `{name}_{id:int}.swc`; without it the name is the id. */
  pattern?: string;
  /** Called for each member that is no SWC or no file, and each whose text is broken: without it broken text is thrown. */
  onSkip?: (name: string, error: NeuronError | undefined) => void;
  onWarning?: (warning: Warning) => void;
}

interface Member {
  readonly name: string;
  /** What errors call it: the name with where it stands. */
  readonly place: string;
  /** Undefined for what is no file: a link that leads nowhere, a device. */
  readonly bytes: (() => Uint8Array | Promise<Uint8Array>) | undefined;
}

/**
 * Skeletons of a SWC file, a folder, a zip, a tar or a tar.gz, one at a time. Folders by name, archives in their own order.
 * @throws {NeuronError} `invalid-swc` with file and line; `unsafe-archive` for names that leave the folder, and for bombs.
 */
export async function* readSwc(
  source: NeuronSource,
  options: ReadSwcOptions = {},
): AsyncGenerator<Skeleton, void, undefined> {
  const { pattern, onSkip, onWarning } = options;
  const nameOf =
    pattern === undefined
      ? (file: string): NameParts => ({ id: idOfFile(file) })
      : nameReader(pattern);
  for await (const { name, place, bytes } of members(source)) {
    const file = name.split(/[/\\]/).at(-1) ?? name;
    const parts = nameOf(file);
    if (!bytes || !/\.swc(\.gz)?$/i.test(name) || !parts) {
      onSkip?.(name, undefined);
      continue;
    }
    let found: Skeleton;
    try {
      const { neuron, warnings } = parseSwc(await bytes(), {
        ...options,
        id: parts.id ?? idOfFile(name),
        file: place,
      });
      for (const { message } of warnings)
        onWarning?.({ neuron: neuron.id, message: `${name}: ${message}` });
      found = {
        ...neuron,
        ...(neuron.name === undefined && parts.name !== undefined ? { name: parts.name } : {}),
        ...(parts.properties ? { properties: { ...parts.properties, ...neuron.properties } } : {}),
      };
    } catch (error) {
      if (!onSkip || !isNeuronError(error, "invalid-swc")) throw placed(error, { file: place });
      onSkip(name, error);
      continue;
    }
    yield withOrigin(found, place);
  }
}

async function* members(source: NeuronSource): AsyncGenerator<Member> {
  const fs = nodeModule("node:fs");
  if (
    typeof source === "string" &&
    fs?.statSync(source, { throwIfNoEntry: false })?.isDirectory()
  ) {
    yield* folder(source);
    return;
  }
  const reader = await openReader(source, 65_536);
  try {
    const head = await reader.read(0, Math.min(262, reader.size));
    if (head[0] === 0x50 && head[1] === 0x4b) yield* zip(reader);
    else if (isTar(head)) yield* inside(reader.name, readTar(chunks(reader), reader.name));
    else if (head[0] === 0x1f && head[1] === 0x8b) yield* gzip(reader);
    else yield { name: withSwc(reader.name), place: reader.name, bytes: () => whole(reader) };
  } finally {
    await reader.close();
  }
}

async function* inside(
  archive: string,
  found: AsyncIterable<Omit<Member, "place">>,
): AsyncGenerator<Member> {
  for await (const member of found) yield { ...member, place: `${archive}/${member.name}` };
}

async function* folder(path: string): AsyncGenerator<Member> {
  const fs = nodeModule("node:fs");
  const { join } = nodeModule("node:path") ?? {};
  if (!fs || !join) return;
  const names = fs.readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
  for (const name of names) {
    const full = join(path, name);
    const stat = fs.statSync(full, { throwIfNoEntry: false });
    if (isNoise(name) || stat?.isDirectory()) continue;
    const read = () => unzipped(name, fs.readFileSync(full));
    yield { name, place: full, bytes: stat?.isFile() ? read : undefined };
  }
}

async function* zip(reader: Reader): AsyncGenerator<Member> {
  for (const member of await listZip(reader)) {
    if (isNoise(member.name)) continue;
    yield {
      name: member.name,
      place: `${reader.name}/${member.name}`,
      bytes: async () => unzipped(member.name, await readMember(reader, member)),
    };
  }
}

/** A gzip holds either a tar or one text; only its beginning tells which. */
async function* gzip(reader: Reader): AsyncGenerator<Member> {
  if (/\.swc\.gz$/i.test(reader.name)) {
    yield {
      name: reader.name,
      place: reader.name,
      bytes: async () => inflate(await whole(reader), "gzip", MAX_MEMBER_BYTES),
    };
    return;
  }
  const plain = streamOf(chunks(reader)).pipeThrough(new DecompressionStream("gzip"));
  yield* inside(reader.name, readTar(plain, reader.name));
}

async function unzipped(name: string, bytes: Uint8Array): Promise<Uint8Array> {
  return /\.gz$/i.test(name) ? inflate(bytes, "gzip", MAX_MEMBER_BYTES) : bytes;
}

async function whole(reader: Reader): Promise<Uint8Array> {
  if (reader.size > MAX_MEMBER_BYTES) {
    throw new NeuronError(
      "too-large",
      `is ${reader.size} bytes, the limit for a text is ${MAX_MEMBER_BYTES}`,
      { file: reader.name },
    );
  }
  return reader.read(0, reader.size);
}

const CHUNK = 2 ** 20;

async function* chunks(reader: Reader): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < reader.size; at += CHUNK) {
    yield await reader.read(at, Math.min(reader.size, at + CHUNK));
  }
}

function isTar(head: Uint8Array): boolean {
  return String.fromCharCode(...head.subarray(257, 262)) === "ustar";
}

function withSwc(name: string): string {
  const file = name.split(/[/\\]/).at(-1) ?? name;
  assertMemberName(file, name);
  return /\.swc$/i.test(file) ? file : `${file}.swc`;
}
