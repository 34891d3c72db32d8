import { NeuronError } from "./errors.ts";
import type { IdIndex } from "./id-index.ts";
import { type Keys, PRIVATE, type Property } from "./key-index.ts";
import type { DecodedText } from "./short-text.ts";

/** Metadata of every neuron in the table inside a file of ours: a JSON object of footer keys each, unread until asked for. */
export interface MetadataTable {
  readonly ids: IdIndex;
  readonly texts: readonly string[];
}

/** Keys that stand in a table inside the file; those of the file as a whole are in the footer. */
export class TableKeys implements Keys {
  readonly #footer: Keys;
  readonly #table: MetadataTable;
  readonly foreign: readonly number[];
  readonly fileLevel: readonly number[];

  constructor(footer: Keys, table: MetadataTable) {
    this.#footer = footer;
    this.#table = table;
    this.foreign = footer.foreign;
    this.fileLevel = footer.fileLevel;
  }

  *ids(): Generator<string> {
    const { ids } = this.#table;
    for (let index = 0; index < ids.size; index++) yield String(ids.at(index));
  }

  has(id: string): boolean {
    return this.#find(id) >= 0;
  }

  properties(id: string): Property[] {
    const text = this.#table.texts[this.#find(id)];
    if (text === undefined) return [];
    return Object.entries(parse(text)).map(([key, value]) => {
      const isPrivate = key.startsWith(PRIVATE);
      const name = isPrivate ? key.slice(PRIVATE.length) : key;
      return { name, value: { text: String(value), clean: true }, isPrivate };
    });
  }

  key(pair: number): string {
    return this.#footer.key(pair);
  }

  value(pair: number): DecodedText {
    return this.#footer.value(pair);
  }

  #find(id: string): number {
    const { ids } = this.#table;
    const found = ids.find(id);
    return found < 0 && /^-?\d+$/.test(id) ? ids.find(BigInt(id)) : found;
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw new NeuronError("corrupt", "its table of metadata is broken", {}, { cause });
  }
  throw new NeuronError("corrupt", "its table of metadata is broken");
}
