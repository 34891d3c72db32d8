/** Requests as vendors charge for them. */
export interface Requests {
  /** PUT and POST: objects, and the parts and the end of large ones. */
  put: number;
  /** GET and HEAD. */
  get: number;
  list: number;
}

/** How far a dataset is, as far as it decides what reading it costs. */
export interface DatasetState {
  /** 0 before the first. */
  version: number;
  publishedCommits: number;
  waitingCommits: number;
}

const keysPerList = 1000;
/** Of `stream`. */
const rangeSize = 8 << 20;

/** Dollars, at 5 a million PUT and LIST, and 0.4 a million GET. */
export function priceOf({ put, get, list }: Requests): number {
  return ((put + list) * 5 + get * 0.4) / 1e6;
}

/** Adds up the requests of each step of an ingest. `partSize` is of uploads, infinite for a disk. */
export class RequestTally implements Requests {
  put = 0;
  get = 0;
  list = 0;
  readonly #partSize: number;

  constructor(partSize: number) {
    this.#partSize = partSize;
  }

  /** Finds no dataset, probes the store, and creates one. */
  create(): void {
    this.get++;
    this.put += 3;
  }

  open({ version }: DatasetState): void {
    this.get++;
    this.#latest(version);
  }

  /** Learns which blocks are done. */
  progress(state: DatasetState): void {
    this.records(state);
    this.publishedBlocks(state);
  }

  /** Reads the last version's records, manifest and sources, and the commits since. */
  records({ version, publishedCommits, waitingCommits }: DatasetState): void {
    this.#latest(version);
    if (version > 0) this.get += 2;
    this.list += Math.max(1, Math.ceil((publishedCommits + waitingCommits) / keysPerList));
    this.get += waitingCommits;
  }

  /** Reads the table of blocks, and the record of where its row groups lie. */
  publishedBlocks({ version }: DatasetState): void {
    if (version > 0) this.get += 2;
  }

  /** An object that is streamed up. */
  upload(size: number): void {
    const parts = Math.ceil(size / this.#partSize);
    this.put += size < this.#partSize ? 1 : parts + 2;
  }

  /** An object that is copied to a local file. */
  download(size: number): void {
    this.get += 2 + Math.ceil(size / rangeSize);
  }

  putSmall(objects: number): void {
    this.put += objects;
  }

  /** Looks whether somebody has published a version after the one that is named. */
  lookAhead(): void {
    this.get++;
  }

  #latest(version: number): void {
    this.get += 2;
    if (version === 0) this.list++;
  }
}
