import { countColumns, type Totals } from "@pocaduck/format";
import type { BuiltTable } from "./job.ts";
import type { ExtentRows } from "./leaves.ts";
import { TableFile } from "./table-file.ts";

const groupRows = 65_536;

/** Counts the blocks and points of each label out of sorted rows. */
export class CountWriter {
  readonly totals: Omit<Totals, "blocks"> = { labels: 0, pairs: 0, points: 0 };
  readonly #file: TableFile;
  readonly #labels = new BigUint64Array(groupRows);
  readonly #blocks = new Uint32Array(groupRows);
  readonly #points = new BigUint64Array(groupRows);
  #length = 0;
  #low = -1;
  #high = -1;
  #block = -1;
  #labelBlocks = 0;
  #labelPoints = 0;

  constructor(path: string) {
    this.#file = new TableFile(path, countColumns);
  }

  add({ length, labels, blocks, rows }: ExtentRows): void {
    const words = new Uint32Array(labels.buffer, labels.byteOffset, length * 2);
    for (let row = 0; row < length; row++) {
      const low = words[2 * row] as number;
      const high = words[2 * row + 1] as number;
      const block = blocks[row] as number;
      if (low !== this.#low || high !== this.#high) {
        this.#endLabel();
        this.#low = low;
        this.#high = high;
        this.#block = -1;
      }
      if (block !== this.#block) {
        this.#block = block;
        this.#labelBlocks++;
      }
      this.#labelPoints += rows[row] as number;
    }
  }

  finish(): BuiltTable {
    this.#endLabel();
    this.#write();
    return this.#file.close();
  }

  #endLabel(): void {
    if (this.#labelBlocks === 0) return;
    if (this.#length === groupRows) this.#write();
    this.#labels[this.#length] = (BigInt(this.#high) << 32n) | BigInt(this.#low);
    this.#blocks[this.#length] = this.#labelBlocks;
    this.#points[this.#length++] = BigInt(this.#labelPoints);
    this.totals.labels++;
    this.totals.pairs += this.#labelBlocks;
    this.totals.points += this.#labelPoints;
    this.#labelBlocks = 0;
    this.#labelPoints = 0;
  }

  #write(): void {
    if (this.#length > 0) {
      this.#file.write(this.#length, [this.#labels, this.#blocks, this.#points]);
    }
    this.#length = 0;
  }
}
