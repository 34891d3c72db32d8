import { crc32 } from "@pocaduck/format";

const encoder = new TextEncoder();

/** Strings of one flush as numbers. */
export class TextTable {
  readonly texts: Uint8Array[] = [];
  /** Of each text: what stands for it in a digest. */
  readonly sums: number[] = [];
  readonly #ids = new Map<string, number>();

  id(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.texts.length;
    const bytes = encoder.encode(text);
    this.texts.push(bytes);
    this.sums.push(crc32(bytes));
    this.#ids.set(text, id);
    return id;
  }

  clear(): void {
    this.texts.length = 0;
    this.sums.length = 0;
    this.#ids.clear();
  }
}
