import type { StoreMethod } from "../counting.ts";
import { StoreError } from "../errors.ts";
import type { Body, ByteRange, ListOptions, ObjectMeta, Store, StoreOptions } from "../store.ts";

export interface Fault {
  /** Which call, counted from 1 over all methods. */
  at: number;
  /**
   * - `fail`: rejects with a StoreError, `unknown-outcome` after a write and `unavailable` else
   * - `throw`: rejects with an error no store documents
   * - `hang`: never settles, unless its signal is aborted
   * - `kill`: neither this call nor any later one settles, as after `kill -9`
   */
  kind: "fail" | "throw" | "hang" | "kill";
  /** `after`: the call took effect and its answer is lost. `during`: half of a streamed body was read. */
  when: "before" | "during" | "after";
}

const writes: ReadonlySet<StoreMethod> = new Set(["put", "putIfAbsent", "delete"]);

/** A store whose nth call goes wrong. */
export class FaultStore implements Store {
  /** Settles when a call is killed or hangs: nobody should wait for this run any longer. */
  readonly stopped: Promise<Fault>;
  calls = 0;
  killed = false;
  /** The method of each call, in order. */
  readonly trace: { method: StoreMethod; key: string }[] = [];
  readonly #store: Store;
  readonly #faults: ReadonlyMap<number, Fault>;
  readonly #stop: (fault: Fault) => void;

  constructor(store: Store, faults: readonly Fault[]) {
    const { promise, resolve } = Promise.withResolvers<Fault>();
    this.stopped = promise;
    this.#stop = resolve;
    this.#store = store;
    this.#faults = new Map(faults.map((fault) => [fault.at, fault]));
  }

  get(key: string, options?: StoreOptions): Promise<Uint8Array | undefined> {
    return this.#call("get", key, options, () => this.#store.get(key, options));
  }

  getRange(key: string, range: ByteRange, options?: StoreOptions): Promise<Uint8Array | undefined> {
    return this.#call("getRange", key, options, () => this.#store.getRange(key, range, options));
  }

  head(key: string, options?: StoreOptions): Promise<ObjectMeta | undefined> {
    return this.#call("head", key, options, () => this.#store.head(key, options));
  }

  /** Counts as one call. `before` strikes at the first key, `after` past the last. */
  async *list(prefix: string, options?: ListOptions): AsyncGenerator<ObjectMeta> {
    if (this.killed) await never();
    const fault = this.#next("list", prefix);
    if (fault && fault.when !== "after") await this.#strike(fault, "list", prefix, options);
    for await (const meta of this.#store.list(prefix, options)) {
      yield meta;
      if (this.killed) await never();
    }
    if (fault) await this.#strike(fault, "list", prefix, options);
  }

  put(key: string, body: Body, options?: StoreOptions): Promise<ObjectMeta> {
    return this.#call("put", key, options, () => this.#store.put(key, body, options), body);
  }

  putIfAbsent(
    key: string,
    body: Uint8Array,
    options?: StoreOptions,
  ): Promise<ObjectMeta | undefined> {
    return this.#call("putIfAbsent", key, options, () =>
      this.#store.putIfAbsent(key, body, options),
    );
  }

  delete(key: string, options?: StoreOptions): Promise<void> {
    return this.#call("delete", key, options, () => this.#store.delete(key, options));
  }

  async #call<T>(
    method: StoreMethod,
    key: string,
    options: StoreOptions | undefined,
    run: () => Promise<T>,
    body?: Body,
  ): Promise<T> {
    if (this.killed) await never();
    const fault = this.#next(method, key);
    if (fault && fault.when !== "after") {
      if (fault.when === "during" && body && !(body instanceof Uint8Array)) {
        for await (const _ of body) break;
      }
      await this.#strike(fault, method, key, options);
    }
    const result = await run();
    // A call under way when another one was killed may have had its effect, but is not answered.
    if (this.killed) await never();
    if (fault) await this.#strike(fault, method, key, options);
    return result;
  }

  #next(method: StoreMethod, key: string): Fault | undefined {
    this.trace.push({ method, key });
    return this.#faults.get(++this.calls);
  }

  async #strike(
    fault: Fault,
    method: StoreMethod,
    key: string,
    { signal }: StoreOptions = {},
  ): Promise<void> {
    const story = `fault ${fault.when} call ${fault.at}`;
    const lost = fault.when === "after" && writes.has(method);
    if (fault.kind === "fail")
      throw new StoreError(lost ? "unknown-outcome" : "unavailable", key, story);
    if (fault.kind === "throw") throw new Error(story);
    if (fault.kind === "kill") this.killed = true;
    this.#stop(fault);
    await (fault.kind === "kill" ? never() : aborted(signal));
  }
}

/** `store`, with the calls that `faults` name going wrong. */
export function faultStore(store: Store, faults: readonly Fault[]): FaultStore {
  return new FaultStore(store, faults);
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
