import {
  crc32,
  decodeFences,
  type Fence,
  FormatError,
  findFences,
  leafColumns,
  type Manifest,
  RowGroup,
} from "@pocaduck/format";
import type { ReadableStore, StoreOptions } from "@pocaduck/storage";
import { type Extent, Leaf } from "./leaf.ts";
import { readPart } from "./read-object.ts";
import { SizedCache } from "./sized-cache.ts";

/** A decoded leaf takes some bytes a row, whatever its size in the file. */
const leafRowSize = 32;

/** Finds the extents of labels: the fences of a version, and the leaves they lead to. */
export class LabelIndex {
  readonly #store: ReadableStore;
  readonly #manifest: Manifest;
  readonly #fences: Fence[];
  readonly #leaves: SizedCache<Leaf>;
  readonly #pages: SizedCache<Fence[]>;

  constructor(store: ReadableStore, manifest: Manifest, cacheSize: number) {
    this.#store = store;
    this.#manifest = manifest;
    const key = `the root in version ${manifest.version}`;
    this.#fences = fencesOf(
      key,
      Uint8Array.from(atob(manifest.index.root), (c) => c.charCodeAt(0)),
    );
    this.#leaves = new SizedCache(cacheSize);
    this.#pages = new SizedCache(cacheSize / 4);
  }

  async extents(label: bigint, options: StoreOptions): Promise<Extent[]> {
    const leaves = await Promise.all(
      (await this.leaves(label, options)).map((fence) => this.#leaf(fence, options)),
    );
    return leaves.flatMap((leaf) => leaf.find(label));
  }

  /** The leaves that may hold `label`. */
  async leaves(label: bigint, options: StoreOptions): Promise<Fence[]> {
    const [start, end] = findFences(this.#fences, label);
    const found = this.#fences.slice(start, end);
    if (!this.#manifest.index.rootPages) return found;
    const pages = await Promise.all(found.map((page) => this.#page(page, options)));
    const fences = pages.flat();
    return fences.slice(...findFences(fences, label));
  }

  #leaf(fence: Fence, options: StoreOptions): Promise<Leaf> {
    const { key } = this.object(fence);
    const load = async (signal: AbortSignal): Promise<Leaf> => {
      const bytes = await readPart(this.#store, key, fence.offset, fence.size, { signal });
      return new Leaf(new RowGroup(leafColumns, bytes, fence, key), key);
    };
    const size = fence.rows * leafRowSize;
    return this.#leaves.get(`${fence.file} ${fence.offset}`, size, load, options.signal);
  }

  /** The object a leaf lies in. */
  object(fence: Fence): { key: string } {
    const object = this.#manifest.index.labels[fence.file];
    if (object) return object;
    throw new FormatError("corrupt", `version ${this.#manifest.version}`, "has a stray fence");
  }

  #page({ offset, size, crc }: Fence, options: StoreOptions): Promise<Fence[]> {
    const key = this.#manifest.index.rootPages?.key ?? "";
    const load = async (signal: AbortSignal): Promise<Fence[]> => {
      const bytes = await readPart(this.#store, key, offset, size, { signal });
      if (crc32(bytes) !== crc >>> 0) {
        throw new FormatError("corrupt", key, `page at ${offset} has another CRC-32`);
      }
      return fencesOf(key, bytes);
    };
    return this.#pages.get(String(offset), size * 8, load, options.signal);
  }
}

function fencesOf(key: string, bytes: Uint8Array): Fence[] {
  try {
    return decodeFences(bytes);
  } catch (cause) {
    throw new FormatError("corrupt", key, "is malformed", { cause });
  }
}
