const ZERO = 48;
const POWERS = Float64Array.from({ length: 23 }, (_, power) => 10 ** power);

/** Where a number ended, and what it was; kept in one object because millions are read. */
export interface Scan {
  at: number;
  value: number;
  /** Digits as text, when they exceed what a double holds exactly. */
  wide: string | undefined;
}

/**
 * Reads a decimal number at `scan.at` of ASCII bytes, exactly as `Number` would: up to 15 digits and powers to 22 are one
 * exact multiplication or division, the rest goes through `Number`. Returns false when there is no number.
 */
export function scanNumber(bytes: Uint8Array, end: number, scan: Scan): boolean {
  const start = scan.at;
  let at = start;
  const first = bytes[at];
  const negative = first === 45;
  if (negative || first === 43) at++;
  let digits = 0;
  let mantissa = 0;
  let fraction = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) break;
    mantissa = mantissa * 10 + digit;
    digits++;
  }
  if (bytes[at] === 46 && at < end) {
    for (at++; at < end; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      mantissa = mantissa * 10 + digit;
      digits++;
      fraction++;
    }
  }
  if (digits === 0) return scanWord(bytes, start, end, scan);
  let exact = digits <= 15;
  if (at < end && (bytes[at] === 101 || bytes[at] === 69)) {
    const exponent = exponentEnd(bytes, at, end);
    if (exponent > at) {
      at = exponent;
      exact = false;
    }
  }
  scan.at = at;
  scan.wide = undefined;
  if (exact) {
    const value = fraction === 0 ? mantissa : mantissa / (POWERS[fraction] as number);
    scan.value = negative ? -value : value;
    return true;
  }
  const text = String.fromCharCode(...bytes.subarray(start, at));
  scan.value = Number(text);
  if (/^[-+]?\d+$/.test(text)) scan.wide = text.replace(/^\+/, "");
  return true;
}

function exponentEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start + 1;
  if (bytes[at] === 45 || bytes[at] === 43) at++;
  const digits = at;
  while (at < end && (bytes[at] as number) >= ZERO && (bytes[at] as number) <= 57) at++;
  return at > digits ? at : start;
}

/** `nan`, `inf` and `NA` stand for unknown radii in files of some programs. */
function scanWord(bytes: Uint8Array, start: number, end: number, scan: Scan): boolean {
  const word = /^[-+]?(nan|na|inf(?:inity)?)(?![a-z])/i.exec(
    String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 10))),
  );
  if (!word) return false;
  scan.at = start + word[0].length;
  scan.wide = undefined;
  const isInfinite = /inf/i.test(word[0]);
  scan.value = isInfinite ? (word[0].startsWith("-") ? -Infinity : Infinity) : Number.NaN;
  return true;
}
