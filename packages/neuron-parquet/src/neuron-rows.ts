import { type IdIndex, idsOf } from "./id-index.ts";
import type { NeuronId } from "./model.ts";
import type { Column } from "./parquet/footer.ts";

/** Row ranges of one neuron in the file, as start, end, start, end, …; usually one range. */
export type RowRanges = readonly number[];

/** Which rows each neuron has, in the order in which the file first names it. */
export class NeuronRows {
  readonly #ids: IdIndex;
  /** First range of each neuron, start and end; what few have beyond it is in `#more`. */
  #first: Float64Array = new Float64Array(32);
  readonly #more = new Map<number, number[]>();
  #pieces = 0;

  /** `column`: the one that holds the ids; without it the file is one neuron. */
  constructor(column: Column | undefined) {
    this.#ids = idsOf(column);
  }

  /** Neurons. */
  get size(): number {
    return this.#ids.size;
  }

  /** Ranges, of all neurons. */
  get pieces(): number {
    return this.#pieces;
  }

  /** Adds rows behind those that the neuron has. */
  add(id: NeuronId, start: number, end: number): void {
    const { size } = this.#ids;
    const index = this.#ids.add(id);
    if (index === size) {
      if (index * 2 >= this.#first.length) this.#grow();
      this.#first[index * 2] = start;
      this.#first[index * 2 + 1] = end;
      this.#pieces++;
      return;
    }
    const more = this.#more.get(index);
    if (more) {
      if (more.at(-1) === start) more[more.length - 1] = end;
      else {
        more.push(start, end);
        this.#pieces++;
      }
    } else if (this.#first[index * 2 + 1] === start) this.#first[index * 2 + 1] = end;
    else {
      this.#more.set(index, [start, end]);
      this.#pieces++;
    }
  }

  addAll(rows: NeuronRows): void {
    for (const [id, ranges] of rows) {
      for (let at = 0; at < ranges.length; at += 2) {
        this.add(id, ranges[at] as number, ranges[at + 1] as number);
      }
    }
  }

  has(id: NeuronId): boolean {
    return this.#ids.find(id) >= 0;
  }

  get(id: NeuronId): RowRanges | undefined {
    const index = this.#ids.find(id);
    return index < 0 ? undefined : this.#ranges(index);
  }

  *ids(): Generator<NeuronId> {
    for (let index = 0; index < this.#ids.size; index++) yield this.#ids.at(index);
  }

  *[Symbol.iterator](): Generator<[NeuronId, RowRanges]> {
    for (let index = 0; index < this.#ids.size; index++)
      yield [this.#ids.at(index), this.#ranges(index)];
  }

  #ranges(index: number): RowRanges {
    const first = [this.#first[index * 2] as number, this.#first[index * 2 + 1] as number];
    const more = this.#more.get(index);
    return more ? first.concat(more) : first;
  }

  #grow(): void {
    const grown = new Float64Array(this.#first.length * 2);
    grown.set(this.#first);
    this.#first = grown;
  }
}
