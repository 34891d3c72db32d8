const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** Keys, values and ids are short and nearly always ASCII, for which a decoder's start-up costs more than the text. */
const SHORT = 64;

/** An array of each length: spread, it becomes the text and no other object. */
const signs: number[][] = Array.from({ length: SHORT + 1 }, (_, length) =>
  new Array(length).fill(0),
);

export interface DecodedText {
  readonly text: string;
  /** False when the bytes are not UTF-8: the bad ones read as U+FFFD. */
  readonly clean: boolean;
}

/** The text whose start and end stand at `ranges[at]`. */
export function decodeAt(bytes: Uint8Array, ranges: Uint32Array, at: number): DecodedText {
  return decodeText(bytes, ranges[at] as number, ranges[at + 1] as number);
}

/** `bytes[start, end)` as text. */
export function decodeText(bytes: Uint8Array, start: number, end: number): DecodedText {
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
