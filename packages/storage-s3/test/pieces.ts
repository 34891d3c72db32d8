/** A stream of so many bytes, each told by its place, that breaks at its end if asked to. */
export async function* pieces(size: number, broken?: Error): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(100_000);
  for (let at = 0; at < size; at += piece.length) {
    for (let i = 0; i < piece.length; i++) piece[i] = (at + i) % 251;
    yield piece.subarray(0, Math.min(piece.length, size - at));
  }
  if (broken) throw broken;
}
