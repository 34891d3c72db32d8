import { show } from "./check-options.ts";
import { NeuronError } from "./errors.ts";
import { openPath } from "./path-source.ts";
import { openUrl } from "./url-source.ts";

/** Anything with ranges of bytes: a bucket object, a cache, a `File`. `slice` is `[start, end)`. */
export interface ByteSource {
  readonly byteLength: number;
  slice(start: number, end: number): ByteSlice | Promise<ByteSlice>;
  readonly name?: string;
}

export type ByteSlice = ArrayBuffer | Uint8Array;

/** A path (in Node), a URL, bytes, a Blob, or anything with `byteLength` and `slice`. */
export type NeuronSource = string | URL | ByteSlice | Blob | ByteSource;

/** A source made ready: every read is checked to be whole. */
export interface Reader {
  readonly name: string;
  readonly size: number;
  /** Ranges closer than this many bytes are fetched as one. */
  readonly gap: number;
  read(start: number, end: number): Promise<Uint8Array>;
  /** Told of each step by which the pages of a column without page index are searched: rows passed, of those to pass. */
  readonly onSearch?: ((passed: number, of: number) => void) | undefined;
  close(): Promise<void>;
}

/** Bytes between two ranges that are cheaper to fetch than a second request. */
export const REMOTE_GAP: number = 512 * 1024;

/**
 * A string with a scheme of two letters or more is a URL, any other string a path.
 * @throws {NeuronError} `unreadable` when nothing can be read there.
 */
export async function openReader(
  source: NeuronSource,
  tail: number,
  signal?: AbortSignal,
): Promise<Reader> {
  if (typeof source === "string") {
    return /^[a-z][a-z0-9+.-]+:/i.test(source)
      ? openUrl(urlOf(source), tail, signal)
      : openPath(source);
  }
  if (source instanceof URL) return openUrl(source, tail, signal);
  if (source instanceof Uint8Array) return fromBytes(source);
  if (source instanceof ArrayBuffer) return fromBytes(new Uint8Array(source));
  if (typeof Blob !== "undefined" && source instanceof Blob) return fromBlob(source);
  if (isByteSource(source)) return fromSlices(source);
  throw new TypeError(
    `Expected \`source\` to be a path, a URL, bytes, a Blob or have byteLength and slice, got ${show(source)}`,
  );
}

function urlOf(text: string): URL {
  const url = URL.parse(text);
  if (url) return url;
  throw new NeuronError("unreadable", "is no URL", { file: text });
}

function isByteSource(source: unknown): source is ByteSource {
  const { byteLength, slice } = (source ?? {}) as Partial<ByteSource>;
  return typeof byteLength === "number" && typeof slice === "function";
}

function fromBytes(bytes: Uint8Array): Reader {
  return {
    name: "(bytes)",
    size: bytes.length,
    gap: 0,
    read: async (start, end) => whole(bytes.subarray(start, end), start, end, "(bytes)"),
    close: async () => {},
  };
}

function fromBlob(blob: Blob): Reader {
  const name = "name" in blob && typeof blob.name === "string" ? blob.name : "(blob)";
  return {
    name,
    size: blob.size,
    gap: 64 * 1024,
    async read(start, end) {
      const bytes = await blob.slice(start, end).arrayBuffer();
      return whole(new Uint8Array(bytes), start, end, name);
    },
    close: async () => {},
  };
}

function fromSlices(source: ByteSource): Reader {
  const name = source.name ?? "(source)";
  return {
    name,
    size: source.byteLength,
    gap: REMOTE_GAP,
    async read(start, end) {
      const slice = await source.slice(start, end);
      return whole(slice instanceof Uint8Array ? slice : new Uint8Array(slice), start, end, name);
    },
    close: async () => {},
  };
}

/** Keeps the last bytes in memory: the footer, and before it the page indexes, are asked for piece by piece. */
export async function withTail(reader: Reader, tail: number): Promise<Reader> {
  const start = Math.max(0, reader.size - tail);
  const kept = await reader.read(start, reader.size);
  return {
    ...reader,
    read: async (from, to) =>
      from >= start && to <= reader.size
        ? kept.subarray(from - start, to - start)
        : reader.read(from, to),
  };
}

/** A part of `reader` as a file of its own, as a stored member of a zip. */
export function window(reader: Reader, offset: number, size: number, name: string): Reader {
  return {
    name,
    size,
    gap: reader.gap,
    read: (start, end) => reader.read(offset + start, offset + end),
    close: async () => {},
  };
}

export function whole(bytes: Uint8Array, start: number, end: number, name: string): Uint8Array {
  if (bytes.length !== end - start) {
    throw new NeuronError(
      "truncated",
      `needs ${end - start} bytes at ${start}, has ${bytes.length}`,
      { file: name },
    );
  }
  return bytes;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Reads many ranges in as few requests as `gap` makes worth while, all at once; the answers are views. */
export async function readRanges(reader: Reader, ranges: readonly Range[]): Promise<Uint8Array[]> {
  const out = ranges.map((): Uint8Array => new Uint8Array(0));
  const order = ranges
    .map((_, index) => index)
    .filter((index) => at(ranges, index).end > at(ranges, index).start)
    .sort((a, b) => at(ranges, a).start - at(ranges, b).start);
  const reads: Promise<void>[] = [];
  for (let first = 0; first < order.length; ) {
    const { start } = at(ranges, order[first] as number);
    let { end } = at(ranges, order[first] as number);
    let last = first + 1;
    for (; last < order.length; last++) {
      const next = at(ranges, order[last] as number);
      if (next.start > end + reader.gap) break;
      end = Math.max(end, next.end);
    }
    const members = order.slice(first, last);
    reads.push(
      reader.read(start, end).then((bytes) => {
        for (const member of members) {
          const range = at(ranges, member);
          out[member] = bytes.subarray(range.start - start, range.end - start);
        }
      }),
    );
    first = last;
  }
  await Promise.all(reads);
  return out;
}

function at(ranges: readonly Range[], index: number): Range {
  return ranges[index] as Range;
}
