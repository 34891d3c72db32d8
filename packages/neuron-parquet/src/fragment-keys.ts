import type { Keys, Property } from "./key-index.ts";
import type { KeyValues } from "./parquet/footer.ts";
import { type DecodedText, decodeAt } from "./short-text.ts";

/** The keys `frag:ID:PROPERTY` of neurarrow, whose fragment ids are plain integers. */
export class FragmentKeys implements Keys {
  readonly #pairs: KeyValues;
  readonly #byId = new Map<string, Property[]>();
  readonly foreign: number[] = [];
  readonly fileLevel: number[] = [];

  constructor(pairs: KeyValues) {
    this.#pairs = pairs;
    for (let pair = 0; pair < pairs.ranges.length / 4; pair++) {
      const match = /^(_neuron-parquet:)?frag:(\d+):(?:attr:)?(.+)$/s.exec(this.key(pair));
      const [, own, id = "", name = ""] = match ?? [];
      if (!match) this.fileLevel.push(pair);
      else {
        const list = this.#byId.get(id) ?? [];
        list.push({ name, value: this.value(pair), isPrivate: own !== undefined });
        this.#byId.set(id, list);
      }
    }
  }

  *ids(): Generator<string> {
    for (const id of this.#byId.keys()) if (this.has(id)) yield id;
  }

  has(id: string): boolean {
    return this.properties(id).some(({ name }) => name === "id");
  }

  properties(id: string): Property[] {
    return this.#byId.get(id) ?? [];
  }

  key(pair: number): string {
    return decodeAt(this.#pairs.bytes, this.#pairs.ranges, pair * 4).text;
  }

  value(pair: number): DecodedText {
    return decodeAt(this.#pairs.bytes, this.#pairs.ranges, pair * 4 + 2);
  }
}
