import { randomUUID } from "node:crypto";
import {
  assertCount,
  assertOneOf,
  assertText,
  blockNumber,
  blocksPerAxis,
  commitKey,
  encodeCommit,
  type Schema,
  showValue,
} from "@pocaduck/format";
import { putOnce, type Store } from "@pocaduck/storage";
import { BlockSet } from "./block-set.ts";
import { IngestError } from "./errors.ts";
import { BlockTally } from "./write/block-tally.ts";
import { PairBuffer } from "./write/pair-buffer.ts";
import { PointsWriter, type WriteTimes } from "./write/points-writer.ts";
import { RowGroupBuffer } from "./write/row-group-buffer.ts";
import { checkLabel, checkLabels, checkRows, type PointsInput } from "./write/rows.ts";

export interface IngestorOptions {
  /** Who writes, for the record; need not be unique. */
  worker?: string;
  /** Commit by itself when a block begins and this many before it are complete; without it only `commit` does. */
  commitBlocks?: number;
  /** Bytes of points to hold before they are written out: 64 MiB by default. A block is held whole. */
  bufferSize?: number;
  /** Blocks to hold before they are written out: 64 by default. */
  bufferBlocks?: number;
  /** Bytes at which a points file is closed and another begun: 512 MiB by default. */
  fileSize?: number;
  /** Keep exact duplicates of a row within a pair. */
  keepDuplicates?: boolean;
  signal?: AbortSignal;
}

export interface CommitResult {
  /** Its id. */
  commit: string;
  blocks: number;
  points: number;
}

/** A block's points with a label each. */
export interface BlockInput extends PointsInput {
  /** As many as there are points. */
  labels: BigUint64Array | Uint32Array | Uint16Array | Uint8Array;
}

/**
 * Writes the points of blocks. Calls may overlap and take effect in the order they were made; nothing is
 * durable or visible before a commit. After a failure of the store it is broken: make another, and write the blocks
 * since the last commit again.
 */
export class Ingestor implements AsyncDisposable {
  readonly #store: Store;
  readonly #schema: Schema;
  readonly #base: number;
  readonly #options: IngestorOptions;
  readonly #buffer: PairBuffer;
  readonly #group: RowGroupBuffer;
  readonly #times: WriteTimes = { orderMs: 0, encodeMs: 0, storeMs: 0 };
  readonly #committed: BlockSet;
  #tally: BlockTally;
  #writer: PointsWriter;
  #buffered = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #broken: { cause: unknown } | undefined;
  #closed = false;

  /** `base` is the version whose points the blocks written here may replace. */
  constructor(store: Store, schema: Schema, base: number, options: IngestorOptions = {}) {
    for (const name of ["commitBlocks", "bufferSize", "bufferBlocks", "fileSize"] as const) {
      assertCount(name, options[name], 1);
    }
    assertOneOf("keepDuplicates", options.keepDuplicates, [true, false]);
    assertText("worker", options.worker);
    this.#store = store;
    this.#schema = schema;
    this.#base = base;
    this.#options = options;
    this.#committed = new BlockSet(schema.grid);
    this.#buffer = new PairBuffer(schema, this.#bufferSize);
    this.#group = new RowGroupBuffer(schema, this.#buffer);
    this.#tally = new BlockTally(schema.axes.length);
    this.#writer = this.#newWriter();
  }

  /** Milliseconds spent on each stage so far. */
  get times(): Readonly<WriteTimes> {
    return this.#times;
  }

  /**
   * Adds points of one label to a block; none at all makes the block known.
   * @throws {IngestError} `invalid-input`, `committed`, `closed`.
   */
  write(block: string, label: bigint, points: PointsInput): Promise<void> {
    return this.#inTurn(async () => {
      const where = this.#where(block);
      const words = new Uint32Array(BigUint64Array.of(checkLabel(label, where)).buffer);
      const rows = checkRows(this.#schema, points, where);
      const number = await this.#enter(block);
      if (rows.length === 0) return;
      this.#buffer.addPair(number, words[0] as number, words[1] as number, rows);
      if (this.#buffer.size > 2 * this.#bufferSize) await this.#flush();
    });
  }

  /**
   * Writes a whole block at once, the fast way; a scan in raster order is fastest.
   * @throws {IngestError} `invalid-input`, `committed`, `closed`.
   */
  writeBlock(block: string, input: BlockInput): Promise<void> {
    return this.#inTurn(async () => {
      const where = this.#where(block);
      const { labels, ...points } = Object(input) as BlockInput;
      const rows = checkRows(this.#schema, points as PointsInput, where);
      const words = checkLabels(labels, rows.length, where);
      const number = await this.#enter(block);
      if (rows.length > 0) this.#buffer.addBlock(number, words, rows);
    });
  }

  /** Makes the blocks since the last commit durable; `undefined` when there are none. */
  commit(): Promise<CommitResult | undefined> {
    return this.#inTurn(() => this.#commit());
  }

  /** Gives up what is not committed. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#queue;
    await this.#writer.abort();
  }

  get #bufferSize(): number {
    return this.#options.bufferSize ?? 64 << 20;
  }

  /** Of the block, in errors. */
  #where(block: unknown): string {
    if (typeof block !== "string") {
      throw new TypeError(`Expected \`block\` to be a string, got ${showValue(block)}`);
    }
    if (block.length > 65_536) {
      const got = `${block.length.toLocaleString("en")} of them`;
      throw new RangeError(`Expected \`block\` to be at most 65,536 UTF-16 code units, got ${got}`);
    }
    if (!block.isWellFormed()) {
      throw new RangeError("Expected `block` to be well-formed, got half of a surrogate pair");
    }
    const where = `block ${JSON.stringify(block.length > 100 ? `${block.slice(0, 100)}…` : block)}`;
    const { grid } = this.#schema;
    if (grid && blockNumber(grid, block) === undefined) {
      const counts = blocksPerAxis(grid).join(" × ");
      const message = `${where}: is none of the ${counts} blocks of the dataset's grid, which are named as in 0_0_0`;
      throw new IngestError("invalid-input", message);
    }
    return where;
  }

  /** The block's number in this commit. A new block is a border: the ones before it are complete. */
  async #enter(block: string): Promise<number> {
    if (this.#committed.has(block)) throw this.#committedBefore(block);
    if (!this.#tally.has(block)) {
      await this.#border();
      this.#buffered++;
    }
    return this.#tally.number(block);
  }

  async #border(): Promise<void> {
    const { commitBlocks = Number.POSITIVE_INFINITY, bufferBlocks = 64 } = this.#options;
    if (this.#tally.length >= commitBlocks) await this.#commit();
    else if (this.#buffered >= bufferBlocks || this.#buffer.size >= this.#bufferSize) {
      await this.#flush();
    }
  }

  #committedBefore(block: string): IngestError {
    const message = `${this.#where(block)}: this ingestor has committed it; to write it again, open another`;
    return new IngestError("committed", message);
  }

  async #flush(): Promise<void> {
    this.#buffered = 0;
    if (this.#buffer.pairs > 0) {
      await this.#storing(() => this.#writer.flush(this.#buffer, this.#group, this.#tally));
    }
  }

  async #commit(): Promise<CommitResult | undefined> {
    if (this.#tally.length === 0) return undefined;
    await this.#flush();
    return this.#storing(async () => {
      const files = await this.#writer.close();
      const id = randomUUID();
      const blocks = this.#tally.blocks();
      const { worker = "", signal } = this.#options;
      const record = encodeCommit({ id, worker, base: this.#base, blocks, ...files });
      await putOnce(this.#store, commitKey(id), record, { signal });
      for (const block of this.#tally.ids()) this.#committed.add(block);
      this.#tally = new BlockTally(this.#schema.axes.length);
      this.#writer = this.#newWriter();
      const points = blocks.reduce((sum, block) => sum + block.points, 0);
      return { commit: id, blocks: blocks.length, points };
    });
  }

  #newWriter(): PointsWriter {
    const { fileSize = 512 << 20, keepDuplicates = false, signal } = this.#options;
    const options = { fileSize, keepDuplicates, ...(signal && { signal }) };
    return new PointsWriter(this.#store, this.#schema, options, this.#times);
  }

  /** Runs a step that, when it fails, leaves nothing to go on with. */
  async #storing<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      this.#broken = { cause: error };
      await this.#writer.abort();
      throw error;
    }
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(() => {
      if (this.#closed) throw new IngestError("closed", "The ingestor is closed");
      this.#options.signal?.throwIfAborted();
      if (this.#broken) {
        const message = "An earlier failure broke this ingestor: make another";
        throw new IngestError("closed", message, this.#broken);
      }
      return step();
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }
}
