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

/** `text` without what looks like a credential. */
export function redact(text: string): string {
  let clean = text;
  for (const [pattern, replacement] of rules) clean = clean.replace(pattern, replacement);
  return clean;
}
