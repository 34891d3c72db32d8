import { largestBlock, type Triple } from "../block-layout.ts";
import { isLabelmapError, LabelmapError } from "../errors.ts";
import { asId, formatIds } from "../json.ts";
import { decodeLabelIndex, type LabelIndex } from "../label-index.ts";
import { type LabelMapping, MappingReader } from "../label-mapping.ts";
import { DvidConnection, type DvidOptions } from "./connection.ts";
import { field } from "./fields.ts";
import { type BlockFrame, readFrames } from "./frames.ts";
import { readIndexRecords } from "./index-records.ts";
import { type LabelmapInfo, readLabelmapInfo } from "./instance.ts";
import { type LabelSize, readLabelSizes, readLabels } from "./label-list.ts";
import { collect } from "./transport.ts";
import { type DvidVersion, resolveVersion } from "./versions.ts";

export interface OpenLabelmapOptions extends DvidOptions {
  /** Takes a version that is not locked, whose every request may see another state. */
  allowOpen?: boolean;
  signal?: AbortSignal;
}

export interface BlockOptions {
  /** 0 by default. */
  scale?: number;
  /** Labels mapped by DVID, which costs it a rewrite of every block; false by default: blocks as stored. */
  bodies?: boolean;
  signal?: AbortSignal;
}

const maxAnswer = 2 ** 30;
const maxIds = 50_000;

/**
 * A labelmap instance at one version.
 * @throws {LabelmapError} `not-found`, `ambiguous`, `unsupported`, or `unlocked` unless `allowOpen`.
 */
export async function openLabelmap(
  base: string,
  version: string,
  data: string,
  { allowOpen = false, signal, ...options }: OpenLabelmapOptions = {},
): Promise<DvidLabelmap> {
  const connection = new DvidConnection(base, options);
  const resolved = await resolveVersion(connection, version, signal).catch((cause: unknown) => {
    if (!isLabelmapError(cause, "corrupt")) throw cause;
    const reason = `no DVID answers at ${connection.url}: ${cause.message}`;
    throw new LabelmapError("corrupt", reason, { cause });
  });
  if (!resolved.locked && !allowOpen) {
    const reason = `version ${resolved.uuid} is open: commit it, or take what may change meanwhile by allow-open`;
    throw new LabelmapError("unlocked", reason);
  }
  const path = `node/${resolved.uuid}/${encodeURIComponent(data)}`;
  const info = await connection.json(`${path}/info`, signal ? { signal } : {});
  return new DvidLabelmap(connection, resolved, readLabelmapInfo(info));
}

/** What an export needs of DVID's HTTP interface; every call is tried again while DVID is busy. */
export class DvidLabelmap {
  readonly version: DvidVersion;
  readonly info: LabelmapInfo;
  readonly #connection: DvidConnection;
  readonly #path: string;

  constructor(connection: DvidConnection, version: DvidVersion, info: LabelmapInfo) {
    this.version = version;
    this.info = info;
    this.#connection = connection;
    this.#path = `node/${version.uuid}/${encodeURIComponent(info.name)}`;
  }

  /** Where the instance is, for messages and manifests. */
  get url(): string {
    return `${this.#connection.url}/api/${this.#path}`;
  }

  /**
   * The blocks of a box, each the gzip of a label block, in any order; those not stored are absent and mean zeros.
   * `start` and `shape` are in blocks of the scale. DVID is fastest along x; it holds all of a row at once.
   */
  blocks(start: Triple, shape: Triple, options: BlockOptions = {}): Promise<BlockFrame[]> {
    const size = this.info.blockShape;
    const [sx, sy, sz] = shape.map((count, axis) => count * (size[axis] ?? 0));
    const [x, y, z] = start.map((count, axis) => count * (size[axis] ?? 0));
    const inside = (block: Triple): boolean =>
      block.every(
        (at, axis) => at >= (start[axis] ?? 0) && at < (start[axis] ?? 0) + (shape[axis] ?? 0),
      );
    const path = `${this.#path}/blocks/${sx}_${sy}_${sz}/${x}_${y}_${z}`;
    return this.#frames(path, inside, shape[0] * shape[1] * shape[2], {}, options);
  }

  /** The blocks at these places, at most a few hundred: they are all in the request's line. */
  specificBlocks(places: readonly Triple[], options: BlockOptions = {}): Promise<BlockFrame[]> {
    const asked = new Set(places.map(String));
    const query = { blocks: places.join(",") };
    const has = (block: Triple): boolean => asked.has(String(block));
    return this.#frames(`${this.#path}/specificblocks`, has, asked.size, query, options);
  }

  /** Which body each supervoxel is of; those that are their own body are not in it. */
  mapping(signal?: AbortSignal): Promise<LabelMapping> {
    const call = { query: { format: "binary" }, ...(signal && { signal }) };
    return this.#connection.get(`${this.#path}/mappings`, call, async (body) => {
      const reader = new MappingReader();
      for await (const part of body) reader.push(part);
      return unfinished(() => reader.finish());
    });
  }

  /** Up to `count` bodies from `start` on, ascending; fewer than `count` are the last. */
  async labels(start: bigint, count: number, signal?: AbortSignal): Promise<BigUint64Array> {
    const query = { start: String(start), number: count };
    const call = { query, ...(signal && { signal }) };
    return this.#connection.get(`${this.#path}/listlabels`, call, (body) =>
      readLabels(body, count),
    );
  }

  /** As `labels`, with voxels of scale 0. */
  async labelSizes(start: bigint, count: number, signal?: AbortSignal): Promise<LabelSize[]> {
    const query = { start: String(start), number: count, sizes: true };
    const call = { query, ...(signal && { signal }) };
    return this.#connection.get(`${this.#path}/listlabels`, call, (body) =>
      readLabelSizes(body, count),
    );
  }

  /** @throws {LabelmapError} `not-found` for a body that is not in this version. */
  async labelIndex(label: bigint, signal?: AbortSignal): Promise<LabelIndex> {
    const call = signal ? { signal } : {};
    const path = `${this.#path}/index/${label}`;
    return decodeLabelIndex(await this.#connection.bytes(path, maxAnswer, call));
  }

  /** The indices of up to 50,000 bodies in the order asked for, undefined where there is none. */
  labelIndices(
    labels: readonly bigint[],
    signal?: AbortSignal,
  ): Promise<(LabelIndex | undefined)[]> {
    if (labels.length > maxIds || labels.includes(0n)) {
      const got = labels.length > maxIds ? `${labels.length} of them` : "0";
      throw new RangeError(`Expected \`labels\` to be up to ${maxIds} bodies above 0, got ${got}`);
    }
    const call = { body: formatIds(labels), ...(signal && { signal }) };
    return this.#connection.get(`${this.#path}/indices-compressed`, call, (body) =>
      readIndexRecords(body, labels, maxAnswer),
    );
  }

  /** The largest label so far, informative only. */
  async maxLabel(signal?: AbortSignal): Promise<bigint> {
    const answer = await this.#connection.json(`${this.#path}/maxlabel`, signal ? { signal } : {});
    return asId(field(answer, "maxlabel"), "maxlabel");
  }

  /** The version as it is now: an open one has moved when its mutation id or time of update has. */
  current(signal?: AbortSignal): Promise<DvidVersion> {
    return resolveVersion(this.#connection, this.version.uuid, signal);
  }

  #frames(
    path: string,
    asked: (block: Triple) => boolean,
    count: number,
    query: Record<string, string>,
    { scale = 0, bodies = false, signal }: BlockOptions,
  ): Promise<BlockFrame[]> {
    if (!Number.isInteger(scale) || scale < 0 || scale > this.info.maxScale) {
      throw new RangeError(`Expected \`scale\` from 0 to ${this.info.maxScale}, got ${scale}`);
    }
    // Packed, it may be larger by what gzip adds, which the bound has room for.
    const maxPayload = largestBlock(this.info.blockShape);
    const call = {
      query: { ...query, compression: "blocks", supervoxels: !bodies, scale },
      ...(signal && { signal }),
    };
    const maxSize = Math.min(maxAnswer, count * (maxPayload + 16) + 65_536);
    return this.#connection.get(path, call, async (body) =>
      readFrames(await collect(body, maxSize), { asked, maxPayload }),
    );
  }
}

/** Half a pair at the end is DVID failing midway, which it may not do again. */
function unfinished<T>(finish: () => T): T {
  try {
    return finish();
  } catch (cause) {
    const reason = `DVID's mapping is cut${cause instanceof Error ? `: ${cause.message}` : ""}`;
    throw new LabelmapError("unavailable", reason, { cause });
  }
}
