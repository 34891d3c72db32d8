import type { InputBlock } from "./blocks-of-set.ts";

/** A block as bytes: a line of JSON `{id, rows, supervoxel}`, then labels, supervoxels if it has them, and x, y, z; little-endian. */
export function encodeBlock({ id, labels, supervoxel, positions }: InputBlock): Uint8Array[] {
  const head = { id, rows: labels.length, supervoxel: supervoxel !== undefined };
  const columns = [labels, ...(supervoxel ? [supervoxel] : []), positions];
  return [
    Buffer.from(`${JSON.stringify(head)}\n`),
    ...columns.map(({ buffer, byteOffset, byteLength }) => {
      return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
    }),
  ];
}

/** The blocks again. Their arrays are reused by the next one. */
export async function* decodeBlocks(bytes: AsyncIterable<Buffer>): AsyncGenerator<InputBlock> {
  const source = new ByteSource(bytes);
  for (let line = await source.line(); line !== undefined; line = await source.line()) {
    const { id, rows, supervoxel } = JSON.parse(line) as {
      id: string;
      rows: number;
      supervoxel: boolean;
    };
    const body = await source.take(rows * (supervoxel ? 28 : 20));
    const at = supervoxel ? 16 * rows : 8 * rows;
    yield {
      id,
      labels: new BigUint64Array(body, 0, rows),
      ...(supervoxel && { supervoxel: new BigUint64Array(body, 8 * rows, rows) }),
      positions: new Int32Array(body, at, 3 * rows),
    };
  }
}

class ByteSource {
  readonly #parts: AsyncIterator<Buffer>;
  #part: Buffer = Buffer.alloc(0);
  #body = new ArrayBuffer(1 << 20);

  constructor(bytes: AsyncIterable<Buffer>) {
    this.#parts = bytes[Symbol.asyncIterator]();
  }

  /** Without its end; `undefined` where nothing is left. */
  async line(): Promise<string | undefined> {
    let text = "";
    while (this.#part.length > 0 || (await this.#more())) {
      const end = this.#part.indexOf(10);
      text += this.#part.toString("utf8", 0, end < 0 ? this.#part.length : end);
      this.#part = end < 0 ? Buffer.alloc(0) : this.#part.subarray(end + 1);
      if (end >= 0) return text;
    }
    return undefined;
  }

  async take(length: number): Promise<ArrayBuffer> {
    if (length > this.#body.byteLength) this.#body = new ArrayBuffer(length * 2);
    const to = new Uint8Array(this.#body);
    for (let at = 0; at < length; ) {
      if (this.#part.length === 0 && !(await this.#more())) {
        throw new Error(`The input ends ${length - at} bytes early`);
      }
      const part = this.#part.subarray(0, length - at);
      to.set(part, at);
      at += part.length;
      this.#part = this.#part.subarray(part.length);
    }
    return this.#body;
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#parts.next();
    this.#part = done ? Buffer.alloc(0) : value;
    return done !== true;
  }
}
