/** All of a streamed body in one array. Copies each chunk, so its producer may reuse it. */
export async function collectBody(
  body: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    signal?.throwIfAborted();
    assertChunk(chunk);
    chunks.push(new Uint8Array(chunk));
    size += chunk.length;
  }
  signal?.throwIfAborted();
  return concat(chunks, size);
}

/** Throws a TypeError unless a streamed body yielded bytes. */
export function assertChunk(chunk: unknown): asserts chunk is Uint8Array {
  if (chunk instanceof Uint8Array) return;
  throw new TypeError(`Expected \`body\` to yield Uint8Array, got ${typeof chunk}`);
}

/** Throws a TypeError unless a body is bytes: anything else would be stored as zeros, or as nothing. */
export function assertBytes(body: unknown): asserts body is Uint8Array {
  if (body instanceof Uint8Array) return;
  throw new TypeError(
    `Expected \`body\` to be a Uint8Array, got ${body === null ? "null" : typeof body}`,
  );
}

/** Throws a TypeError unless a body is bytes or a stream. */
export function assertBody(body: unknown): void {
  const isObject = typeof body === "object" && body !== null;
  if (isObject && (body instanceof Uint8Array || Symbol.asyncIterator in body)) return;
  throw new TypeError(
    `Expected \`body\` to be a Uint8Array or an async iterable, got ${body === null ? "null" : typeof body}`,
  );
}

export function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
