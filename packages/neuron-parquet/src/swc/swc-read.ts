import { concat, inflate } from "../archive/inflate.ts";
import { assertMemberName, isNoise } from "../archive/member-name.ts";
import { isTar, readTar } from "../archive/tar.ts";
import { listZip, MAX_MEMBER_BYTES, readMember } from "../archive/zip-read.ts";
import { streamOf } from "../byte-stream.ts";
import { aFunction, aSignal, aText, checkOptions, type Rules } from "../check-options.ts";
import { isNeuronError, NeuronError, placed } from "../errors.ts";
import type { Skeleton, Warning } from "../model.ts";
import { nodeModule } from "../node-module.ts";
import { withOrigin } from "../origin.ts";
import { type NeuronSource, openReader, type Reader } from "../source.ts";
import { idOfFile, type NameParts, nameReader } from "./swc-name.ts";
import { type ParseSwcOptions, parseRules, SwcParser } from "./swc-parse.ts";

export interface ReadSwcOptions extends Omit<ParseSwcOptions, "id" | "file"> {
  /** How names of files give ids and properties, such as `{name}_{id:int}.swc`; without it the name is the id. */
  pattern?: string;
  /** Called for each member that is no SWC or no file, each whose text is broken and each whose name is: without it those two are thrown. */
  onSkip?: (name: string, error: NeuronError | undefined) => void;
  onWarning?: (warning: Warning) => void;
  /** Ends requests. */
  signal?: AbortSignal | undefined;
}

type Parts = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

interface Member {
  readonly name: string;
  /** What errors call it: the name with where it stands. */
  readonly place: string;
  /** Bytes of its text, as far as they are known. */
  readonly size: number;
  /** Undefined for what is no file: a link that leads nowhere, a device. */
  readonly parts: (() => Parts | Promise<Parts>) | undefined;
  /** Why it cannot be told what it is. */
  readonly error?: NeuronError;
}

/**
 * Skeletons of a SWC file, a folder, a zip, a tar or a tar.gz, one at a time. Folders by name, archives in their own order.
 * @throws {NeuronError} `invalid-swc` with file and line; `unsafe-archive` for names that leave the folder, and for bombs.
 */
export async function* readSwc(
  source: NeuronSource,
  options: ReadSwcOptions = {},
): AsyncGenerator<Skeleton, void, undefined> {
  checkOptions(options, readSwcRules);
  const { pattern, onSkip, onWarning } = options;
  const nameOf =
    pattern === undefined
      ? (file: string): NameParts => ({ id: idOfFile(file) })
      : nameReader(pattern);
  for await (const member of members(source, options.signal)) {
    const { name, place, size, parts: textOf, error: unread } = member;
    if (unread) {
      if (!onSkip) throw unread;
      onSkip(name, unread);
      continue;
    }
    const file = name.split(/[/\\]/).at(-1) ?? name;
    const parts = nameOf(file);
    if (!textOf || !/\.swc(\.gz)?$/i.test(name) || !parts) {
      onSkip?.(name, undefined);
      continue;
    }
    let found: Skeleton;
    try {
      const { coordinates, units } = options;
      const parser = new SwcParser(
        {
          ...(coordinates === undefined ? {} : { coordinates }),
          ...(units === undefined ? {} : { units }),
          id: parts.id ?? idOfFile(name),
          file: place,
        },
        size,
      );
      for await (const part of await textOf()) parser.push(part);
      const { neuron, warnings } = parser.end();
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

async function* members(
  source: NeuronSource,
  signal: AbortSignal | undefined,
): AsyncGenerator<Member> {
  const fs = nodeModule("node:fs");
  if (
    typeof source === "string" &&
    fs?.statSync(source, { throwIfNoEntry: false })?.isDirectory()
  ) {
    yield* folder(source);
    return;
  }
  const reader = await openReader(source, 65_536, signal);
  try {
    const head = await reader.read(0, Math.min(512, reader.size));
    if (head[0] === 0x50 && head[1] === 0x4b) yield* zip(reader);
    else if (head[0] === 0x1f && head[1] === 0x8b)
      yield* inside(reader.name, unzipped(chunks(reader), reader.name), /\.(tar\.gz|tgz)$/i);
    else yield* textOrTar(reader.name, head, reader.size, () => chunks(reader), /\.tar$/i);
  } finally {
    await reader.close();
  }
}

const readSwcRules: Rules<ReadSwcOptions> = {
  signal: aSignal,
  ...parseRules,
  pattern: aText,
  onSkip: aFunction,
  onWarning: aFunction,
};

/** A text may be anything; what is called a tar has to be one. */
async function* textOrTar(
  name: string,
  head: Uint8Array,
  size: number,
  parts: () => AsyncIterable<Uint8Array>,
  tarName: RegExp,
): AsyncGenerator<Member> {
  if (isTar(head)) {
    for await (const member of readTar(parts(), name)) {
      const { name: inner, size: claimed, parts: stored } = member;
      const place = `${name}/${inner}`;
      if (stored && /\.gz$/i.test(inner))
        yield {
          name: inner,
          place,
          size: 0,
          parts: () => limited(unzipped(stored(), place), place),
        };
      else yield { name: inner, place, size: claimed, parts: stored };
    }
  } else if (tarName.test(name)) {
    throw new NeuronError("corrupt", "is no tar: it does not begin as one", { file: name });
  } else yield { name: withSwc(name), place: name, size, parts };
}

/** A gzip holds either a tar or one text; only its beginning tells which. */
async function* inside(
  name: string,
  plain: AsyncGenerator<Uint8Array>,
  tarName: RegExp,
): AsyncGenerator<Member> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < 512) {
    const { done, value } = await plain.next();
    if (done) break;
    head = concat([head, value], head.length + value.length);
  }
  const parts = async function* (): AsyncGenerator<Uint8Array> {
    yield head;
    yield* plain;
  };
  if (isTar(head.subarray(0, 512)) || tarName.test(name))
    yield* textOrTar(name, head.subarray(0, 512), 0, parts, tarName);
  else yield { name: withSwc(name), place: name, size: 0, parts: () => limited(parts(), name) };
}

async function* unzipped(
  parts: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const part of streamOf(parts).pipeThrough(new DecompressionStream("gzip")))
      yield part;
  } catch (cause) {
    if (cause instanceof NeuronError) throw cause;
    throw new NeuronError("corrupt", "the gzip is broken, or cut off", { file }, { cause });
  }
}

/** Larger files are read part by part. */
const SMALL_BYTES = 2 ** 22;

async function* folder(path: string): AsyncGenerator<Member> {
  const fs = nodeModule("node:fs");
  const { join } = nodeModule("node:path") ?? {};
  if (!fs || !join) return;
  const names = fs.readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
  for (const name of names) {
    const full = join(path, name);
    const stat = fs.statSync(full, { throwIfNoEntry: false });
    if (isNoise(name) || stat?.isDirectory()) continue;
    const place = full;
    // Node reads every name as UTF-8: another leads nowhere, and not to what it may be the folder of.
    if (name.includes("\uFFFD") && !fs.lstatSync(full, { throwIfNoEntry: false })) {
      const error = new NeuronError("unreadable", "has a name that is not UTF-8", { file: place });
      yield { name, place, size: 0, parts: undefined, error };
    } else if (!stat?.isFile()) yield { name, place, size: 0, parts: undefined };
    else if (/\.gz$/i.test(name))
      yield { name, place, size: 0, parts: () => limited(unzipped(file(full), full), full) };
    else if (stat.size > SMALL_BYTES)
      yield { name, place, size: stat.size, parts: () => file(full) };
    else yield { name, place, size: stat.size, parts: () => [fs.readFileSync(full)] };
  }
}

async function* file(path: string): AsyncGenerator<Uint8Array> {
  const reader = await openReader(path, 65_536);
  try {
    yield* chunks(reader);
  } finally {
    await reader.close();
  }
}

async function* zip(reader: Reader): AsyncGenerator<Member> {
  for (const member of await listZip(reader)) {
    if (isNoise(member.name)) continue;
    const { name, size } = member;
    const place = `${reader.name}/${name}`;
    const parts = async (): Promise<Parts> => {
      const bytes = await readMember(reader, member);
      return /\.gz$/i.test(name) ? [await inflate(bytes, "gzip", MAX_MEMBER_BYTES)] : [bytes];
    };
    yield { name, place, size, parts };
  }
}

/** @throws {NeuronError} `unsafe-archive` for what swells beyond the limit. */
async function* limited(
  parts: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const part of parts) {
    size += part.length;
    if (size > MAX_MEMBER_BYTES)
      throw new NeuronError("unsafe-archive", `swells beyond ${MAX_MEMBER_BYTES} bytes`, { file });
    yield part;
  }
}

const CHUNK = 2 ** 20;

async function* chunks(reader: Reader): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < reader.size; at += CHUNK) {
    yield await reader.read(at, Math.min(reader.size, at + CHUNK));
  }
}

function withSwc(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? name;
  assertMemberName(last, name);
  return /\.swc(\.gz)?$/i.test(last) ? last : `${last}.swc`;
}
