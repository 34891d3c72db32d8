import { countColumns, type Totals } from "@pocaduck/format";
import type { BuiltTable } from "./job.ts";
import type { LeafRows } from "./leaf-rows.ts";
import { TableFile } from "./table-file.ts";

const groupRows = 65_536;

/** Counts the blocks and points of each label, which come in order. */
export class CountWriter {
  readonly totals: Omit<Totals, "blocks"> = { labels: 0, pairs: 0, points: 0 };
  readonly #file: TableFile;
  readonly #labels = new BigUint64Array(groupRows);
  readonly #blocks = new Uint32Array(groupRows);
  readonly #points = new BigUint64Array(groupRows);
  #length = 0;
  #label = 0n;
  #block = -1;
  #labelBlocks = 0;
  #labelPoints = 0;

  constructor(path: string) {
    this.#file = new TableFile(path, countColumns);
  }

  add({ runs, blocks, rows }: LeafRows): void {
    let row = 0;
    for (let run = 0; run < runs.length; run++) {
      const label = runs.labels[run] as bigint;
      if (label !== this.#label) {
        this.#endLabel();
        this.#label = label;
        this.#block = -1;
      }
      for (const end = row + (runs.counts[run] as number); row < end; row++) {
        const block = blocks[row] as number;
        if (block !== this.#block) this.#labelBlocks++;
        this.#block = block;
        this.#labelPoints += rows[row] as number;
      }
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
    this.#labels[this.#length] = this.#label;
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
