import { inflate } from "../archive/inflate.ts";
import { checkArgument } from "../check-options.ts";
import { isNeuronError, NeuronError, placed } from "../errors.ts";
import type { NeuronId, PropertyValue, Skeleton } from "../model.ts";
import { withOrigin } from "../origin.ts";
import { type ObjectFolder, openFolder, within } from "./object-folder.ts";
import {
  assertSharding,
  decodeMinishard,
  placeOf,
  type ShardEntry,
  type Sharding,
  shardName,
} from "./shard.ts";
import { assertAttributes, decodeSkeleton, type VertexAttribute } from "./skeleton-bytes.ts";

interface Info {
  "@type"?: string;
  transform?: unknown;
  vertex_attributes?: unknown;
  sharding?: unknown;
  segment_properties?: string;
}

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];
const MAX_BYTES = 2 ** 30;

/** Skeletons of neuroglancer's precomputed format, sharded or not, under a path or URL. */
export class PrecomputedSkeletons {
  readonly #folder: ObjectFolder;
  readonly #info: Info;
  readonly #attributes: readonly VertexAttribute[];
  readonly #transform: readonly number[];
  readonly #sharding: Sharding | undefined;
  readonly #minishards = new Map<string, Promise<ShardEntry[]>>();
  #properties: Promise<Map<string, Segment>> | undefined;

  constructor(folder: ObjectFolder, info: Info) {
    this.#folder = folder;
    this.#info = info;
    this.#attributes = assertAttributes(info.vertex_attributes ?? []);
    this.#transform = assertTransform(info.transform ?? IDENTITY);
    this.#sharding =
      info.sharding === undefined || info.sharding === null
        ? undefined
        : assertSharding(info.sharding);
  }

  get name(): string {
    return this.#folder.name;
  }

  /** Ids that can be listed: by the segment properties, by the files, or by the shards of a folder. */
  async ids(): Promise<bigint[]> {
    try {
      return await this.#list();
    } catch (error) {
      throw placed(error, { file: this.#folder.name });
    }
  }

  async #list(): Promise<bigint[]> {
    const properties = await this.#segments();
    if (properties.size > 0) return [...properties.keys()].map((id) => BigInt(id));
    const names = await this.#folder.list?.();
    if (!names)
      throw new NeuronError("invalid-input", "has no segment properties to list ids by", {
        file: this.#folder.name,
      });
    if (!this.#sharding)
      return names
        .filter((name) => /^\d+(\.gz)?$/.test(name))
        .map((name) => BigInt(name.replace(".gz", "")));
    const ids: bigint[] = [];
    for (const name of names.filter((file) => file.endsWith(".shard")).sort()) {
      const shard = BigInt(`0x${name.slice(0, -6)}`);
      for (let minishard = 0; minishard < 2 ** this.#sharding.minishard_bits; minishard++) {
        for (const { id } of await this.#minishard(shard, minishard)) ids.push(id);
      }
    }
    return ids;
  }

  async neuron(id: bigint): Promise<Skeleton | undefined> {
    checkArgument("id", id, { expected: "a bigint", fits: (value) => typeof value === "bigint" });
    try {
      const bytes = this.#sharding
        ? await this.#sharded(id, this.#sharding)
        : await this.#single(id);
      if (!bytes) return undefined;
      const { name, properties } = (await this.#segments()).get(String(id)) ?? {};
      const neuron = {
        ...decodeSkeleton(id, bytes, this.#attributes, this.#transform),
        ...(name === undefined ? {} : { name }),
        ...(properties ? { properties } : {}),
      };
      return withOrigin(neuron, this.#folder.name);
    } catch (error) {
      throw placed(error, { file: this.#folder.name, neuron: id });
    }
  }

  async *neurons({
    ids,
  }: {
    ids?: Iterable<NeuronId>;
  } = {}): AsyncGenerator<Skeleton, void, undefined> {
    for (const id of ids ?? (await this.ids())) {
      const neuron = await this.neuron(BigInt(id));
      if (!neuron)
        throw new NeuronError("not-found", `has no skeleton ${id}`, { file: this.#folder.name });
      yield neuron;
    }
  }

  async #single(id: bigint): Promise<Uint8Array | undefined> {
    const plain = await this.#folder.get(String(id));
    // Servers may store objects compressed and say so, or just store them.
    if (plain)
      return plain[0] === 0x1f && plain[1] === 0x8b ? inflate(plain, "gzip", MAX_BYTES) : plain;
    const packed = this.#folder.list ? await this.#folder.get(`${id}.gz`) : undefined;
    return packed && inflate(packed, "gzip", MAX_BYTES);
  }

  async #sharded(id: bigint, spec: Sharding): Promise<Uint8Array | undefined> {
    const { shard, minishard } = placeOf(spec, id);
    const entry = (await this.#minishard(shard, minishard)).find((one) => one.id === id);
    if (!entry) return undefined;
    const base = 2 ** spec.minishard_bits * 16;
    const range = { start: base + entry.start, end: base + entry.end };
    const name = shardName(spec, shard);
    const stored = await this.#range(name, range, `skeleton ${id}`);
    return spec.data_encoding === "gzip" ? unzip(stored, name) : stored;
  }

  #minishard(shard: bigint, minishard: number): Promise<ShardEntry[]> {
    const key = `${shard}/${minishard}`;
    const known = this.#minishards.get(key);
    if (known) return known;
    const reading = this.#readMinishard(shard, minishard);
    this.#minishards.set(key, reading);
    return reading;
  }

  async #readMinishard(shard: bigint, minishard: number): Promise<ShardEntry[]> {
    const spec = this.#sharding as Sharding;
    const name = shardName(spec, shard);
    const range = { start: minishard * 16, end: minishard * 16 + 16 };
    const index = await this.#folder.get(name, range);
    if (!index) return [];
    if (index.length !== 16) throw cutOff(name, "its index", range, index.length);
    const view = new DataView(index.buffer, index.byteOffset);
    const base = 2 ** spec.minishard_bits * 16;
    const [start, end] = [Number(view.getBigUint64(0, true)), Number(view.getBigUint64(8, true))];
    if (end === start) return [];
    if (end < start)
      throw new NeuronError(
        "corrupt",
        `shard ${name}: minishard ${minishard} ends before it begins`,
      );
    if (end - start > MAX_BYTES)
      throw new NeuronError("too-large", `a minishard index of ${end - start} bytes`);
    const place = { start: base + start, end: base + end };
    const stored = await this.#range(name, place, `the index of minishard ${minishard}`);
    const plain = spec.minishard_index_encoding === "gzip" ? await unzip(stored, name) : stored;
    return decodeMinishard(plain, name);
  }

  /** Bytes of a shard, all of them. */
  async #range(
    name: string,
    range: { start: number; end: number },
    what: string,
  ): Promise<Uint8Array> {
    if (!(range.end > range.start && Number.isSafeInteger(range.end)))
      throw new NeuronError("corrupt", `shard ${name}: ${what} has no bytes`);
    const bytes = await this.#folder.get(name, range);
    if (bytes?.length !== range.end - range.start) throw cutOff(name, what, range, bytes?.length);
    return bytes;
  }

  #segments(): Promise<Map<string, Segment>> {
    this.#properties ??= this.#readSegments();
    return this.#properties;
  }

  async #readSegments(): Promise<Map<string, Segment>> {
    const out = new Map<string, Segment>();
    const { segment_properties: place } = this.#info;
    const bytes = place === undefined ? undefined : await this.#folder.get(`${place}/info`);
    if (!bytes) return out;
    const file = `${this.#folder.name}/${place}/info`;
    const { inline } = parseJson(bytes, file) as { inline?: Partial<Inline> };
    const { ids = [], properties = [] } = inline ?? {};
    const lists = [ids, properties, ...(Array.isArray(properties) ? properties.map(valuesOf) : [])];
    if (!lists.every(Array.isArray))
      throw new NeuronError("corrupt", "has no lists of ids and values", { file });
    for (const [row, id] of ids.entries()) {
      if (typeof id !== "string" || !/^\d{1,20}$/.test(id))
        throw new NeuronError("corrupt", `segment ${JSON.stringify(id)} is no integer`, { file });
      out.set(id, segmentAt({ ids, properties }, row));
    }
    return out;
  }
}

function cutOff(
  shard: string,
  what: string,
  { start, end }: { start: number; end: number },
  found = 0,
): NeuronError {
  return new NeuronError(
    "truncated",
    `shard ${shard} is cut off: ${what} needs bytes ${start} to ${end}, ${found} of them are there`,
  );
}

async function unzip(bytes: Uint8Array, shard: string): Promise<Uint8Array> {
  try {
    return await inflate(bytes, "gzip", MAX_BYTES);
  } catch (error) {
    if (!isNeuronError(error)) throw error;
    throw new NeuronError(error.code, `shard ${shard}: ${error.reason}`, {}, { cause: error });
  }
}

interface Inline {
  ids: string[];
  properties: { id: string; type: string; values: unknown[]; tags?: string[] }[];
}

interface Segment {
  name?: string;
  properties?: Record<string, PropertyValue>;
}

/** From what is stored to nanometers: three rows of four numbers. */
function assertTransform(value: unknown): readonly number[] {
  if (Array.isArray(value) && value.length === 12 && value.every(Number.isFinite)) return value;
  throw new NeuronError("corrupt", "transform is no list of 12 numbers");
}

/** Tags have lists of their own, which are not read. */
function valuesOf(property: Inline["properties"][number] | null): unknown {
  return property?.type === "tags" ? [] : property?.values;
}

function segmentAt({ properties }: Inline, row: number): Segment {
  const segment: Segment = {};
  const own: Record<string, PropertyValue> = {};
  for (const { id, type, values } of properties) {
    const value = values[row];
    if (type === "label" && value !== undefined) segment.name = String(value);
    else if (type === "number" || type === "string") own[id] = value as PropertyValue;
  }
  if (Object.keys(own).length > 0) segment.properties = own;
  return segment;
}

function parseJson(bytes: Uint8Array, file: string): object {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new NeuronError("corrupt", "is no JSON", { file }, { cause });
  }
  if (typeof value === "object" && value !== null) return value;
  throw new NeuronError("corrupt", "is no JSON object", { file });
}

/** @throws {NeuronError} `invalid-input` when there is no `info` of skeletons. */
export async function openPrecomputed(
  place: string | URL | ObjectFolder,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<PrecomputedSkeletons> {
  checkArgument("place", place, {
    expected: "a path, a URL or an object with get",
    fits: (value) =>
      value instanceof URL ||
      (typeof value === "string"
        ? value !== ""
        : typeof (value as Partial<ObjectFolder> | null)?.get === "function"),
  });
  const isPlace = typeof place === "string" || place instanceof URL;
  const folder = isPlace ? openFolder(place, options.signal) : place;
  const bytes = await folder.get("info");
  if (!bytes) throw new NeuronError("invalid-input", 'has no file "info"', { file: folder.name });
  const info = parseJson(bytes, `${folder.name}/info`) as Info & { skeletons?: string };
  if (info["@type"] !== "neuroglancer_skeletons") {
    // The info of a segmentation names the folder of its skeletons.
    if (typeof info.skeletons === "string") return openPrecomputed(within(folder, info.skeletons));
    throw new NeuronError(
      "invalid-input",
      `has an info of ${JSON.stringify(info["@type"])}, not of skeletons`,
      { file: folder.name },
    );
  }
  try {
    return new PrecomputedSkeletons(folder, info);
  } catch (error) {
    throw placed(error, { file: `${folder.name}/info` });
  }
}
