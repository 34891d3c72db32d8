import { type Document, isDocument } from "./document.ts";
import { VolumeError } from "./errors.ts";
import type { LabelType } from "./volume.ts";

const labelBits = { uint8: 8n, uint16: 16n, uint32: 32n, uint64: 64n } as const;

const largestChunk = 2 ** 31;

/** Reads a metadata object, and says which of its values is wrong. */
export class Metadata {
  readonly key: string;

  constructor(key: string) {
    this.key = key;
  }

  unsupported(reason: string): VolumeError {
    return new VolumeError("unsupported", this.key, reason);
  }

  /** The error for a value that breaks the format. */
  invalid(name: string, value: unknown): VolumeError {
    const got = JSON.stringify(value, (_, v) => (typeof v === "bigint" ? String(v) : v));
    return new VolumeError("invalid-metadata", this.key, `has ${name} ${got ?? "missing"}`);
  }

  document(name: string, value: unknown): Document {
    if (isDocument(value)) return value;
    throw this.invalid(name, value);
  }

  text(name: string, value: unknown): string {
    if (typeof value === "string") return value;
    throw this.invalid(name, value);
  }

  /** As many integers from `least` as there are axes. */
  sizes(name: string, value: unknown, rank: number | undefined, least: number): number[] {
    const sound =
      Array.isArray(value) &&
      value.length === (rank ?? value.length) &&
      value.every((size) => Number.isSafeInteger(size) && size >= least);
    if (sound) return value;
    throw this.invalid(name, value);
  }

  /** Refuses chunks that would not fit in one typed array. */
  checkChunk(shape: readonly number[], type: LabelType): void {
    const size = shape.reduce((a, b) => a * b, Number(labelBits[type]) / 8);
    if (size < largestChunk) return;
    throw this.unsupported(`has chunks of ${size} bytes; the most is ${largestChunk - 1}`);
  }

  labelType(name: string, value: unknown): LabelType {
    if (typeof value === "string" && value in labelBits) return value as LabelType;
    throw this.unsupported(
      `has ${name} ${JSON.stringify(value)}; labels are uint8, uint16, uint32 or uint64`,
    );
  }

  fill(value: unknown, type: LabelType): bigint {
    const sound = typeof value === "bigint" || Number.isSafeInteger(value);
    const fill = sound ? BigInt(value as number | bigint) : -1n;
    if (fill >= 0n && fill < 1n << labelBits[type]) return fill;
    throw this.invalid("fill_value", value);
  }
}
