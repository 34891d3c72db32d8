import { type Keys, PRIVATE } from "./key-index.ts";
import type { NeuronId, NeuronMetadata, NodeId, PropertyValue, Warning } from "./model.ts";
import { type Dtype, isDtype, parseProperty, parseSoma } from "./property.ts";

const NO_TEXT = "None";

/** What the keys of a file say of its neurons, parsed one neuron at a time. One bad property costs only itself. */
export class FooterMetadata {
  readonly #keys: Keys;
  readonly #dtypes = new Map<string, Dtype>();
  /** Values of the file as a whole, keys of ours and `_dtype:` left out. */
  readonly file: ReadonlyMap<string, string>;
  readonly #warn: (warning: Warning) => void;

  constructor(keys: Keys, warn: (warning: Warning) => void) {
    this.#keys = keys;
    this.#warn = warn;
    const file = new Map<string, string>();
    for (const pair of keys.fileLevel) {
      const key = keys.key(pair);
      if (key.startsWith("_dtype:")) this.#dtype(key.slice(7), keys.value(pair).text);
      else if (key !== "ARROW:schema" && key !== "pandas") file.set(key, keys.value(pair).text);
    }
    this.file = file;
  }

  get idDtype(): Dtype | undefined {
    return this.#dtypes.get("id");
  }

  ids(): Iterable<string> {
    return this.#keys.ids();
  }

  /** Whether any key belongs to the id of this text. */
  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Keys that look like a neuron's but name no neuron of the table. */
  foreignKeys(): string[] {
    return this.#keys.foreign
      .map((pair) => this.#keys.key(pair))
      .filter((key) => !key.startsWith(PRIVATE));
  }

  read(id: NeuronId, key: string): NeuronMetadata {
    const properties: Record<string, PropertyValue> = {};
    let name: string | undefined;
    let units: NeuronMetadata["units"];
    let soma: NodeId[] | undefined;
    let k: number | undefined;
    let privateUnits: string | undefined;
    let privateSoma: string | undefined;
    for (const { name: property, value, isPrivate } of this.#keys.properties(key)) {
      const { text, clean } = value;
      const warn = (message: string): void => this.#warn({ neuron: id, message });
      if (!clean) warn(`property "${property}" is not UTF-8: bad bytes were replaced`);
      try {
        if (isPrivate) {
          if (property === "units") privateUnits = text;
          if (property === "soma") privateSoma = text;
        } else if (property === "id") continue;
        else if (property === "name") name = this.#absent(property, text) ? undefined : text;
        else if (property === "units") units = this.#absent(property, text) ? undefined : text;
        else if (property === "soma") soma = parseSoma(text);
        else if (property === "k") k = parseK(text);
        else if (!this.#absent(property, text))
          set(properties, property, this.#typed(property, text));
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        warn(`property "${property}": ${error.message}`);
        if (property !== "soma" && property !== "k") set(properties, property, text);
      }
    }
    // The private values win as long as nobody has changed the public ones since.
    try {
      const list = privateSoma === undefined ? undefined : parseSoma(privateSoma);
      if (list && soma && String(list[0]) === String(soma[0])) soma = list;
      if (privateUnits !== undefined && units === undefined) units = threeTexts(privateUnits);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#warn({ neuron: id, message: `a private key: ${error.message}` });
    }
    return {
      id,
      ...(name === undefined ? {} : { name }),
      ...(units === undefined ? {} : { units }),
      ...(soma === undefined ? {} : { soma }),
      ...(k === undefined ? {} : { k }),
      ...(Object.keys(properties).length === 0 ? {} : { properties }),
    };
  }

  #absent(property: string, text: string): boolean {
    return text === NO_TEXT && !this.#dtypes.has(property);
  }

  #typed(property: string, text: string): PropertyValue {
    return parseProperty(text, this.#dtypes.get(property) ?? "str");
  }

  #dtype(property: string, text: string): void {
    if (isDtype(text)) this.#dtypes.set(property, text);
    else
      this.#warn({ message: `_dtype:${property} names the unknown type "${text}": read as text` });
  }
}

/** An own property even for `__proto__`. */
function set(properties: Record<string, PropertyValue>, name: string, value: PropertyValue): void {
  Object.defineProperty(properties, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function parseK(text: string): number | undefined {
  if (text === NO_TEXT) return undefined;
  if (!/^\d+$/.test(text.trim())) throw new SyntaxError(`${JSON.stringify(text)} is no count`);
  return Number(text);
}

function threeTexts(json: string): [string, string, string] | undefined {
  const value: unknown = JSON.parse(json);
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  return [String(value[0]), String(value[1]), String(value[2])];
}
