const rules: readonly [RegExp, string][] = [
  // Credentials before the host of a URL, and its whole query: presigned URLs sign there.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@?#]*@/gi, "$1***@"],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s?#"'<>]*)\?[^\s"'<>]*/gi, "$1?***"],
  [/\b(bearer|basic|aws4-hmac-sha256|goog4-rsa-sha256)\s+[^\s"',;]+/gi, "$1 ***"],
  [
    /\b((?:x-(?:amz|goog)-)?(?:security-token|signature|credential|access_?token|refresh_?token|id_?token|client_?secret|private_?key|secret_?access_?key|access_?key_?id|api_?key|password|authorization))("?\s*[=:]\s*"?)[^\s"'&,;}]+/gi,
    "$1$2***",
  ],
  // The identifiers and tokens of AWS and Google, wherever they stand.
  [/\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b/g, "***"],
  [/\bya29\.[\w.-]+/g, "***"],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, "***"],
];

/** `text` without what looks like a credential, and without what a terminal would obey. */
export function redact(text: string): string {
  let clean = text.replace(/[\p{Cc}\p{Cf}]+/gu, " ");
  for (const [pattern, replacement] of rules) clean = clean.replace(pattern, replacement);
  return clean;
}

const shortest = 4;
const most = 16;

/** The credentials that a store uses, to keep them out of what a server may echo. */
export class Secrets {
  /** The latest ones: they change while a process runs. */
  readonly #values = new Set<string>();

  add(...values: readonly (string | undefined)[]): void {
    for (const value of values) {
      if (value === undefined || value.length < shortest) continue;
      for (const form of [value, encodeURIComponent(value)]) {
        this.#values.delete(form);
        this.#values.add(form);
      }
    }
    for (const oldest of this.#values) {
      if (this.#values.size <= most) break;
      this.#values.delete(oldest);
    }
  }

  redact(text: string): string {
    const longestFirst = [...this.#values].sort((a, b) => b.length - a.length);
    return redact(longestFirst.reduce((clean, value) => clean.replaceAll(value, "***"), text));
  }
}
