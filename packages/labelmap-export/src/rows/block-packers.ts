import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { LabelmapError, type Triple } from "@pocaduck/labelmap";
import type { BlockFrame } from "@pocaduck/labelmap/dvid";
import type { PackedBlock } from "./pack-block.ts";
import type { PackJob, PackResult } from "./pack-child.ts";

interface Job {
  message: PackJob;
  resolve: (result: PackResult) => void;
  reject: (error: Error) => void;
}

/**
 * Unpacks and packs blocks in threads, where the packers can run without a queue of small jobs to each: that costs
 * more than the packing.
 */
export class BlockPackers implements AsyncDisposable {
  readonly #size: number;
  readonly #idle: Worker[] = [];
  readonly #waiting: Job[] = [];
  readonly #threads = new Map<Worker, Job | undefined>();
  #closed = false;

  constructor(size: number = availableParallelism()) {
    this.#size = size;
  }

  /** @throws {LabelmapError} `corrupt`, naming the block. */
  async pack(frames: readonly BlockFrame[], shape: Triple): Promise<PackedBlock[]> {
    let end = 0;
    const ends = frames.map(({ payload }) => (end += payload.length));
    const bytes = new Uint8Array(end);
    for (const [index, { payload }] of frames.entries()) bytes.set(payload, ends[index - 1] ?? 0);
    const done = await this.#run({ bytes, ends, shape });
    if (done.failure !== undefined) {
      const failed = frames[done.sizes.length]?.block.join(",");
      throw new LabelmapError("corrupt", `block ${failed}: ${done.failure}`);
    }
    return done.sizes.map((size, index) => ({
      size,
      supervoxels: part(done.supervoxels, done.supervoxelEnds, index),
      rest: part(done.rests, done.restEnds, index),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all(Array.from(this.#threads.keys(), (thread) => thread.terminate()));
  }

  #run(message: PackJob): Promise<PackResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    const job = this.#waiting[0];
    const thread = job && (this.#idle.pop() ?? this.#start());
    if (!job || !thread) return;
    this.#waiting.shift();
    this.#threads.set(thread, job);
    thread.postMessage(job.message, [job.message.bytes.buffer]);
  }

  #start(): Worker | undefined {
    if (this.#closed || this.#threads.size >= this.#size) return undefined;
    const thread = new Worker(new URL(`./pack-child${extname(import.meta.url)}`, import.meta.url), {
      // Of what is garbage at once V8 would let some 50 MB gather in each thread.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    this.#threads.set(thread, undefined);
    thread.on("message", (result: PackResult) => {
      this.#threads.get(thread)?.resolve(result);
      this.#threads.set(thread, undefined);
      this.#idle.push(thread);
      this.#next();
    });
    let failure: Error | undefined;
    thread.on("error", (error: Error) => {
      failure = error;
    });
    thread.on("exit", () => {
      const job = this.#threads.get(thread);
      this.#threads.delete(thread);
      job?.reject(failure ?? new Error("a thread that packs blocks ended"));
      this.#next();
    });
    // A service that has nothing else to do may end.
    thread.unref();
    return thread;
  }
}

function part<T extends Uint8Array | BigUint64Array>(all: T, ends: number[], index: number): T {
  return all.subarray(ends[index - 1] ?? 0, ends[index]) as T;
}
