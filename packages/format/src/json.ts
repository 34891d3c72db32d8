import { crc32 } from "./crc32.ts";
import { FormatError } from "./errors.ts";

const seal = /,\n"crc32": "([0-9a-f]{8})"\n\}\n$/;

/**
 * JSON, a member a line, whose last member, `crc32`, covers every byte before the comma in front of it. Throws a
 * TypeError at NaN and infinities, which JSON would turn to null: the record could not be read back.
 */
export function encodeSealedJson(value: object): Uint8Array {
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const lines = members.map(
    ([name, member]) => `${JSON.stringify(name)}: ${JSON.stringify(member, finite)}`,
  );
  const body = `{\n${lines.join(",\n")}`;
  const sum = crc32(new TextEncoder().encode(body));
  return new TextEncoder().encode(`${body},\n"crc32": "${hex32(sum)}"\n}\n`);
}

/** @throws {FormatError} `corrupt` unless `bytes` are what {@link encodeSealedJson} made. */
export function decodeSealedJson(key: string, bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError("corrupt", key, "is not UTF-8", { cause });
  }
  const match = seal.exec(text);
  if (!match) throw new FormatError("corrupt", key, "is truncated: no checksum at its end");
  const sum = hex32(crc32(new TextEncoder().encode(text.slice(0, match.index))));
  if (sum !== match[1]) {
    throw new FormatError("corrupt", key, `has checksum ${sum}, its end says ${match[1]}`);
  }
  return JSON.parse(text) as Record<string, unknown>;
}

function finite(name: string, value: unknown): unknown {
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  throw new TypeError(`Expected \`${name}\` in a record to be finite, got ${value}`);
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
