import {
  type ByteRange,
  type ObjectMeta,
  type ReadableStore,
  resolveRange,
} from "@pocaduck/storage";
import type { LabelArray } from "../src/index.ts";

/** Objects of any name, and how often each was read. */
export class Objects implements ReadableStore {
  readonly bodies: Map<string, Uint8Array> = new Map();
  readonly reads: Map<string, number> = new Map();

  async get(
    key: string,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<Uint8Array | undefined> {
    options?.signal?.throwIfAborted();
    this.reads.set(key, (this.reads.get(key) ?? 0) + 1);
    return this.bodies.get(key);
  }

  async getRange(key: string, range: ByteRange): Promise<Uint8Array | undefined> {
    const body = await this.get(key);
    return body?.subarray(...resolveRange(key, range, body.length));
  }

  async head(key: string): Promise<ObjectMeta | undefined> {
    const size = this.bodies.get(key)?.length;
    return size === undefined ? undefined : { key, size, etag: "" };
  }

  async *list(prefix: string): AsyncGenerator<ObjectMeta> {
    for (const [key, { length: size }] of this.bodies) {
      if (key.startsWith(prefix)) yield { key, size, etag: "" };
    }
  }

  json(key: string, value: unknown): this {
    this.bodies.set(key, new TextEncoder().encode(JSON.stringify(value)));
    return this;
  }
}

interface MadeArray {
  path?: string;
  shape: number[];
  chunks: number[];
  type?: "uint8" | "uint16" | "uint32" | "uint64";
  /** The label at an index in the order of the array's axes. */
  label?: (...index: number[]) => number | bigint;
  metadata?: Record<string, unknown>;
  /** What becomes of a chunk's bytes. */
  encode?: (bytes: Uint8Array) => Uint8Array;
}

/** A Zarr 3 array, all of its chunks stored. */
export function makeZarr(made: MadeArray, objects: Objects = new Objects()): Objects {
  const { path = "", shape, chunks, type = "uint32", label = () => 0, metadata, encode } = made;
  const key = (name: string) => (path ? `${path}/${name}` : name);
  objects.json(key("zarr.json"), {
    zarr_format: 3,
    node_type: "array",
    shape,
    data_type: type,
    chunk_grid: { name: "regular", configuration: { chunk_shape: chunks } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: 0,
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    attributes: {},
    ...metadata,
  });
  const counts = shape.map((size, axis) => Math.ceil(size / (chunks[axis] ?? 1)));
  for (const chunk of indices(counts)) {
    const length = chunks.reduce((a, b) => a * b, 1);
    const labels = [...indices(chunks)].map((inner) =>
      label(...inner.map((i, axis) => i + (chunk[axis] ?? 0) * (chunks[axis] ?? 0))),
    );
    const data = newLabels(type, length, labels);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    objects.bodies.set(key(`c/${chunk.join("/")}`), encode?.(bytes) ?? bytes);
  }
  return objects;
}

/** All indices below `counts`, the last axis fastest. */
function* indices(counts: number[]): Generator<number[]> {
  const [first, ...rest] = counts;
  if (first === undefined) {
    yield [];
    return;
  }
  for (let i = 0; i < first; i++) for (const inner of indices(rest)) yield [i, ...inner];
}

function newLabels(type: string, length: number, labels: (number | bigint)[]): LabelArray {
  if (type === "uint64") return BigUint64Array.from(labels, BigInt);
  const numbers = labels.map(Number);
  if (type === "uint8") return Uint8Array.from(numbers);
  if (type === "uint16") return Uint16Array.from(numbers);
  return Uint32Array.from({ length }, (_, i) => numbers[i] ?? 0);
}
