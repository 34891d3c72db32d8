import { read, readSync } from "node:fs";

/** Bytes per read: the system refuses more than 2^31-1. */
const most = 1 << 30;
/** Bytes that the page cache copies faster than a thread is woken. */
const small = 128 << 10;
/** A read that takes this long did not come from the page cache. */
const slowMs = 0.5;
/** How long threads do all reading after a slow read. */
const cautionMs = 1000;

/**
 * Reads open files. Waking a thread costs more than a small read out of the page cache, so that is done at once, on
 * the caller's thread, for as long as it proves fast; a disk or network that has to be waited for gets threads.
 */
export class Reader {
  readonly #now: () => number;
  #threadsUntil = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Fills `body` from `at` with bytes of the file from `position`; tells how many, 0 at the end of the file. */
  read(fd: number, body: Uint8Array, at: number, position: number): number | Promise<number> {
    const length = Math.min(most, body.length - at);
    const started = this.#now();
    if (length > small || started < this.#threadsUntil)
      return inThread(fd, body, at, length, position);
    const count = readSync(fd, body, at, length, position);
    const ended = this.#now();
    if (ended - started > slowMs) this.#threadsUntil = ended + cautionMs;
    return count;
  }
}

function inThread(
  fd: number,
  body: Uint8Array,
  at: number,
  length: number,
  position: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, body, at, length, position, (error, count) =>
      error ? reject(error) : resolve(count),
    );
  });
}
