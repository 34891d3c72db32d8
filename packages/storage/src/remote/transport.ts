import type { ObjectMeta } from "../store.ts";
import type { Secrets } from "./redact.ts";

/** The head of an answer to a read; its body is still to come. */
export interface Answer {
  status: number;
  /** What pins a later read to this very object: an etag, a generation. */
  pin: string | undefined;
  contentLength: number | undefined;
  contentRange: string | undefined;
  body: AsyncIterable<Uint8Array>;
  /** Rejects with `spoilt` a whole object that is not what its checksum says. Called with one alone. */
  check?: (object: Uint8Array) => void;
  /** Frees the socket of an answer that is not read to its end. */
  cancel(): void;
}

export interface Page {
  objects: ObjectMeta[];
  /** Where the next page starts; `undefined` on the last one. */
  next: string | undefined;
}

/**
 * One attempt each at the requests a backend is made of: no repeats, no verification, no limits.
 * Every failure is a RequestError; a missing object is `undefined`. An abort of the signal ends the
 * request and frees its socket.
 */
export interface ReadTransport {
  /** Names the place in messages: `s3://bucket`. Holds no secret. */
  readonly place: string;
  /** Credentials that no message may hold, whatever a server says. */
  readonly secrets: Secrets;
  /** `range` is the value of a Range header; a failed `pin` rejects with status 412. */
  read(
    key: string,
    range: string | undefined,
    pin: string | undefined,
    signal: AbortSignal,
  ): Promise<Answer | undefined>;
  head(key: string, signal: AbortSignal): Promise<ObjectMeta | undefined>;
  page(
    prefix: string,
    after: string | undefined,
    next: string | undefined,
    signal: AbortSignal,
  ): Promise<Page>;
}

/** An upload in parts. Nothing is visible before `complete`. */
export interface Upload {
  /** `index` counts from 0. Parts but the last have the size that `partSize` told. */
  part(index: number, offset: number, body: Uint8Array, signal: AbortSignal): Promise<void>;
  complete(size: number, signal: AbortSignal): Promise<ObjectMeta>;
  /** Ends what attempts to open this upload left in the `sinceMs` before, whose answers were lost; no rival's. */
  sweep(sinceMs: number, signal: AbortSignal): Promise<void>;
  /** Leaves nothing behind. */
  abort(signal: AbortSignal): Promise<void>;
}

/** An upload that was opened and neither completed nor ended. */
export interface UnfinishedUpload {
  key: string;
  id: string;
  /** By the server's clock. */
  ageMs: number;
}

export interface UnfinishedPage {
  uploads: UnfinishedUpload[];
  /** The next page starts after it; `undefined` on the last one. */
  next: UnfinishedUpload | undefined;
}

export interface Transport extends ReadTransport {
  /** Rejects with status 412 when `ifAbsent` and the object exists. `token` is kept with the object. */
  put(
    key: string,
    body: Uint8Array,
    condition: { ifAbsent: boolean; token: string },
    signal: AbortSignal,
  ): Promise<ObjectMeta>;
  /** The token that `put` or `upload` kept with the object. */
  token(
    key: string,
    signal: AbortSignal,
  ): Promise<{ meta: ObjectMeta; token: string | undefined } | undefined>;
  delete(key: string, signal: AbortSignal): Promise<void>;
  upload(key: string, token: string, signal: AbortSignal): Promise<Upload>;
  /** What killed writers left of keys that begin with `prefix`; none where the server ends it by itself. */
  unfinished(
    prefix: string,
    after: UnfinishedUpload | undefined,
    signal: AbortSignal,
  ): Promise<UnfinishedPage>;
  endUpload(upload: UnfinishedUpload, signal: AbortSignal): Promise<void>;
  /** Bytes of part `index`; objects no larger than part 0 go up by `put`. */
  partSize(index: number): number;
  /** What becomes of an upload that could not be ended: `a rule … ends it`. */
  readonly leftovers: string;
  /** Parts of one upload in flight. */
  readonly partConcurrency: number;
  /** Frees sockets. */
  close(): Promise<void>;
}
