import { randomBytes, randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { beforeEach, expect } from "vitest";
import { isStoreError, type Store, type StoreErrorCode } from "../../src/index.ts";
import type { RemoteOptions } from "../../src/remote/index.ts";
import { Canary } from "./canary.ts";
import type { Fault, FaultProxy, Seen } from "./proxy.ts";

/** A store whose reads go through a proxy, and how to tell its requests apart. */
export interface ReadSuspect {
  name: string;
  proxy: FaultProxy;
  /** Opens the store behind the proxy. */
  open(options: RemoteOptions): Store;
  /** Found in no error, whatever goes wrong. */
  secrets: readonly string[];
  isRead(request: Seen): boolean;
}

/** A store all of whose requests do. */
export interface Suspect extends ReadSuspect {
  /** The same, comparing what it reads with the checksums that the server tells. */
  openChecked(options: RemoteOptions): Store;
  /** Of a whole small object. */
  isPut(request: Seen): boolean;
  /** Makes a put as it is at a server that ignores its condition. */
  ignoring: Fault;
  /** Body of the 409 by which the server says that another write is under way. */
  conflict: string;
}

export const size = 300_000;
export const object: Uint8Array = new Uint8Array(randomBytes(size));
export const other: Uint8Array = new Uint8Array(randomBytes(size));

/** What each test finds: a fresh object at `key`, in a store behind a proxy without faults. */
export class Lab<T extends ReadSuspect = ReadSuspect> {
  readonly options: RemoteOptions = { baseMs: 1, capMs: 5, stallMs: 400, deadlineMs: 20_000 };
  readonly suspect: T;
  readonly proxy: FaultProxy;
  store: Store;
  key = "";

  constructor(suspect: T) {
    const canary = new Canary(suspect.secrets);
    const watched = (open: (options: RemoteOptions) => Store) => (options: RemoteOptions) =>
      canary.watch(open({ observe: canary.observe, ...options }));
    this.suspect = { ...suspect, open: watched(suspect.open) };
    if ("openChecked" in suspect) {
      const { openChecked } = suspect as unknown as Suspect;
      Object.assign(this.suspect, { openChecked: watched(openChecked) });
    }
    this.proxy = suspect.proxy;
    this.store = this.suspect.open(this.options);
    beforeEach(() => this.#prepare());
  }

  /** What `work` rejected with. */
  async failure(work: Promise<unknown>): Promise<unknown> {
    return work.then(
      (value) => new Error(`expected a rejection, got ${inspect(value)}`),
      (error: unknown) => error,
    );
  }

  async expectCode(work: Promise<unknown>, code: StoreErrorCode): Promise<void> {
    const error = await this.failure(work);
    expect(isStoreError(error, code), inspect(error)).toBe(true);
  }

  /** `fault` for the first so many requests of a kind. */
  strike(fault: Fault, times = 1, which: (request: Seen) => boolean = this.suspect.isRead): void {
    let left = times;
    this.proxy.script = (request) => (which(request) && left-- > 0 ? fault : undefined);
    this.proxy.forget();
  }

  async #prepare(): Promise<void> {
    this.proxy.script = () => undefined;
    this.key = `faults/${randomUUID()}`;
    await this.store.put(this.key, object);
    this.proxy.forget();
  }
}
