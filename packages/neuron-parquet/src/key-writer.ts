import { PRIVATE } from "./key-index.ts";
import type { NeuronId, NeuronMetadata, PropertyValue } from "./model.ts";
import { type Dtype, dtypeOf, formatProperty, formatSoma } from "./property.ts";
import { formatUnits } from "./units.ts";

type Pair = readonly [key: string, value: string];

/** Gathers metadata while neurons stream by, and spells them as footer keys at the end. */
export class KeyWriter {
  readonly #neurons: NeuronMetadata[] = [];
  #seen = 0;
  #hasText = false;
  readonly #prefix: (id: NeuronId, index: number) => string;

  /** `prefix`: what stands before the property in the keys of a neuron. */
  constructor(prefix: (id: NeuronId, index: number) => string = (id) => `${id}:`) {
    this.#prefix = prefix;
  }

  add({ id, name, units, soma, k, properties }: NeuronMetadata): void {
    this.note(id);
    this.#neurons.push({ id, name, units, soma, k, properties });
  }

  /** Counts a neuron whose keys are spelled elsewhere. */
  note(id: NeuronId): void {
    this.#seen++;
    if (typeof id === "string") this.#hasText = true;
  }

  get neurons(): readonly NeuronMetadata[] {
    return this.#neurons;
  }

  /** `_dtype:` keys: of the ids, and of every property some neuron has. */
  dtypes(): Pair[] {
    const pairs: Pair[] = [];
    if (this.#seen > 0) pairs.push(["_dtype:id", this.#hasText ? "str" : "int"]);
    for (const [name, dtype] of this.#propertyTypes()) pairs.push([`_dtype:${name}`, dtype]);
    return pairs;
  }

  *pairs(withUnits = true): Generator<Pair> {
    const dtypes = this.#propertyTypes();
    for (const [index, neuron] of this.#neurons.entries()) {
      yield* pairsOf(neuron, this.#prefix(neuron.id, index), dtypes, withUnits);
    }
  }

  /** For each neuron, its pairs under bare property names. */
  *bare(): Generator<Record<string, string>> {
    const dtypes = this.#propertyTypes();
    for (const neuron of this.#neurons) {
      const pairs: Record<string, string> = Object.create(null);
      for (const [key, value] of pairsOf(neuron, "", dtypes, true)) pairs[key] = value;
      yield pairs;
    }
  }

  #propertyTypes(): Map<string, Dtype> {
    const values = new Map<string, PropertyValue[]>();
    for (const { properties } of this.#neurons) {
      if (!properties) continue;
      for (const [name, value] of Object.entries(properties)) {
        const list = values.get(name);
        if (list) list.push(value);
        else values.set(name, [value]);
      }
    }
    return new Map([...values].map(([name, list]) => [name, dtypeOf(list)]));
  }
}

/** The keys of one neuron; `dtypes` says how properties are spelled. */
export function* pairsOf(
  { id, name, units, soma, k, properties }: NeuronMetadata,
  prefix: string,
  dtypes: ReadonlyMap<string, Dtype>,
  withUnits: boolean,
): Generator<Pair> {
  yield [`${prefix}id`, String(id)];
  if (name !== undefined) yield [`${prefix}name`, name];
  if (withUnits) {
    if (typeof units === "string" && units !== "") yield [`${prefix}units`, formatUnits(units)];
    else if (units) yield [`${PRIVATE}${prefix}units`, JSON.stringify(units)];
  }
  const [first] = soma ?? [];
  if (first !== undefined) yield [`${prefix}soma`, formatSoma(first)];
  if (soma && soma.length > 1) yield [`${PRIVATE}${prefix}soma`, `[${soma.join(", ")}]`];
  if (k !== undefined) yield [`${prefix}k`, String(k)];
  if (!properties) return;
  for (const [property, value] of Object.entries(properties)) {
    yield [`${prefix}${property}`, formatProperty(value, dtypes.get(property) ?? "json")];
  }
}
