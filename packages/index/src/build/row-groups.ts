import { encodeGroupPointer, type GroupPointer } from "@pocaduck/format";

const encoder = new TextEncoder();

/** Every row group of a dataset by its number in the index, compactly: 28 bytes each. */
export class RowGroupTable {
  length = 0;
  readonly objects: string[] = [];
  readonly objectTexts: Uint8Array[] = [];
  #object = new Uint32Array(1024);
  #offset = new Float64Array(1024);
  #rest = new Uint32Array(4096);

  add(object: string, { offset, size, rows, crc, codecs }: GroupPointer): void {
    if (this.objects.at(-1) !== object) {
      this.objects.push(object);
      this.objectTexts.push(encoder.encode(object));
    }
    if (this.length === this.#object.length) this.#grow();
    this.#object[this.length] = this.objects.length - 1;
    this.#offset[this.length] = offset;
    this.#rest.set([size, rows, crc, codecs], this.length * 4);
    this.length++;
  }

  /** Its object's place in {@link RowGroupTable.objects}. */
  object(number: number): number {
    return this.#object[number] as number;
  }

  pointer(number: number): GroupPointer {
    const [size, rows, crc, codecs] = this.#rest.subarray(number * 4, number * 4 + 4);
    return {
      offset: this.#offset[number] as number,
      size: size as number,
      rows: rows as number,
      crc: crc as number,
      codecs: codecs as number,
    };
  }

  encoded(number: number): Uint8Array {
    return encodeGroupPointer(this.pointer(number));
  }

  #grow(): void {
    const grown = <T extends Uint32Array | Float64Array>(made: T, from: T): T => {
      made.set(from);
      return made;
    };
    this.#object = grown(new Uint32Array(this.length * 2), this.#object);
    this.#offset = grown(new Float64Array(this.length * 2), this.#offset);
    this.#rest = grown(new Uint32Array(this.length * 8), this.#rest);
  }
}
