import { NeuronError } from "./errors.ts";
import { openPath } from "./path-source.ts";
import { REMOTE_GAP, type Reader, whole } from "./source.ts";

/**
 * Opens a URL by range requests. The first request fetches the last `tail` bytes and tells the size;
 * where the server hides the size of a range, as some CORS set-ups do, a HEAD asks for it.
 */
export async function openUrl(url: URL, tail: number, signal?: AbortSignal): Promise<Reader> {
  if (url.protocol === "file:") return openPath(decodeURIComponent(url.pathname));
  const name = url.href;
  if (!/^(https?|blob|data):$/.test(url.protocol)) {
    const message = `${url.protocol}// is not fetched here: give an https URL, or a source with byteLength and slice`;
    throw new NeuronError("unreadable", message, { file: name });
  }
  const first = await request(name, `bytes=-${tail}`, signal);
  const body = new Uint8Array(await first.arrayBuffer());
  const size = sizeOf(first) ?? (await headSize(name, signal));
  const etag = first.headers.get("etag");
  const tailStart = size - body.length;
  return {
    name,
    size,
    gap: REMOTE_GAP,
    async read(start, end) {
      if (start >= tailStart && end <= size) {
        return whole(body.subarray(start - tailStart, end - tailStart), start, end, name);
      }
      const response = await request(name, `bytes=${start}-${end - 1}`, signal);
      const now = response.headers.get("etag");
      if (etag !== null && now !== null && now !== etag) {
        throw new NeuronError("unreadable", "changed while it was read", { file: name });
      }
      return whole(new Uint8Array(await response.arrayBuffer()), start, end, name);
    },
    close: async () => {},
  };
}

async function request(name: string, range: string, signal?: AbortSignal): Promise<Response> {
  const response = await ask(name, { headers: { range } }, signal);
  if (response.status === 206) return response;
  await response.body?.cancel();
  const reason =
    response.status === 200
      ? "the server ignores range requests: it answered 200 with the whole file"
      : `the server answered ${response.status}`;
  throw new NeuronError(isAbsent(response) ? "not-found" : "unreadable", reason, { file: name });
}

/** @throws {NeuronError} `unreadable` when no answer comes. */
export async function ask(
  url: string | URL,
  init: RequestInit,
  signal: AbortSignal | undefined,
): Promise<Response> {
  try {
    return await fetch(url, { ...init, ...(signal ? { signal } : {}) });
  } catch (cause) {
    signal?.throwIfAborted();
    const file = String(url);
    throw new NeuronError("unreadable", "the server did not answer", { file }, { cause });
  }
}

function isAbsent({ status }: Response): boolean {
  return status === 404 || status === 410;
}

function sizeOf(response: Response): number | undefined {
  const total = response.headers.get("content-range")?.split("/")[1];
  return total !== undefined && /^\d+$/.test(total) ? Number(total) : undefined;
}

async function headSize(name: string, signal?: AbortSignal): Promise<number> {
  const response = await ask(name, { method: "HEAD" }, signal);
  const length = response.headers.get("content-length");
  if (!response.ok || length === null) {
    throw new NeuronError("unreadable", "the server does not tell its size", { file: name });
  }
  return Number(length);
}
