const enough = 64 << 10;

/** `parts`, the first of them once enough has come: what fails at once has then said nothing. */
export async function* heldBack(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] | undefined = [];
  let size = 0;
  for await (const part of parts) {
    if (!held) {
      yield part;
      continue;
    }
    held.push(part);
    size += part.length;
    if (size < enough) continue;
    yield* held;
    held = undefined;
  }
  if (held) yield* held;
}
