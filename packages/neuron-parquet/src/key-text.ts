const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** Keys and values are short and nearly always ASCII, for which a decoder's start-up costs more than the text. */
const SHORT = 64;

/** An array of each length: spread, it becomes the text and no other object. */
const signs: number[][] = Array.from({ length: SHORT + 1 }, (_, length) =>
  new Array(length).fill(0),
);

/** `bytes[start, end)` as text; `clean` is false when they are not UTF-8: the bad ones read as U+FFFD. */
export function decodeText(
  bytes: Uint8Array,
  start: number,
  end: number,
): { text: string; clean: boolean } {
  const short = signs[end - start];
  if (short) {
    let high = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      high |= byte;
      short[at - start] = byte;
    }
    if (high < 0x80) return { text: String.fromCharCode(...short), clean: true };
  }
  const view = bytes.subarray(start, end);
  try {
    return { text: strict.decode(view), clean: true };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { text: lenient.decode(view), clean: false };
  }
}
