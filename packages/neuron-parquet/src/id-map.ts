import type { Layout } from "./layout.ts";
import type { FooterMetadata } from "./metadata.ts";
import type { NeuronId } from "./model.ts";

/** How the id a caller sees, the value in the id column and the text in metadata keys belong together. */
export interface IdMap {
  toPublic(stored: NeuronId): NeuronId;
  toStored(id: NeuronId): NeuronId | undefined;
  /** The text that stands before the colon in metadata keys. */
  toKey(stored: NeuronId): string;
  /** The stored value that a key's text means. */
  fromKey(key: string): NeuronId;
}

export function idMapOf(
  layout: Layout,
  metadata: FooterMetadata,
  originals: ReadonlyMap<string, string>,
): IdMap {
  if (!layout.neuron) return single(metadata);
  if (layout.dialect === "neurarrow") return fragments(metadata, originals);
  const { type } = layout.neuron;
  const isInteger = type === "INT32" || type === "INT64";
  const isFloat = type === "FLOAT" || type === "DOUBLE";
  return {
    toPublic: (stored) => stored,
    toStored(id) {
      if (isInteger) return integer(id);
      if (isFloat)
        return typeof id === "bigint" ? Number(id) : typeof id === "number" ? id : undefined;
      return typeof id === "string" ? id : undefined;
    },
    toKey: (stored) => (typeof stored === "number" ? floatText(stored) : String(stored)),
    fromKey(key) {
      if (isInteger) return /^-?\d+$/.test(key) ? BigInt(key) : key;
      return isFloat && key.trim() !== "" && !Number.isNaN(Number(key)) ? Number(key) : key;
    },
  };
}

/** A file without `neuron` holds one: the only id its keys name, else "0". */
function single(metadata: FooterMetadata): IdMap {
  const named = [...metadata.ids()];
  const key = named.length === 1 ? (named[0] as string) : "0";
  const isInteger = metadata.idDtype === "int" && /^-?\d+$/.test(key);
  const id = isInteger ? BigInt(key) : key;
  return {
    toPublic: () => id,
    toStored: (asked) => (asked === id || (isInteger && integer(asked) === id) ? "0" : undefined),
    toKey: () => key,
    fromKey: (text) => (text === key ? "0" : text),
  };
}

/** neurarrow numbers its fragments; an id that is no such number stands in `frag:N:id`. */
function fragments(metadata: FooterMetadata, originals: ReadonlyMap<string, string>): IdMap {
  const isInteger = metadata.idDtype === "int";
  const isText =
    metadata.idDtype === "str" || [...originals].some(([fragment, id]) => fragment !== id);
  const plain = !isText && !isInteger;
  const stored = new Map([...originals].map(([fragment, id]) => [id, BigInt(fragment)]));
  return {
    toPublic(fragment) {
      const text = originals.get(String(fragment)) ?? String(fragment);
      return (plain || isInteger) && /^-?\d+$/.test(text) ? BigInt(text) : text;
    },
    toStored(id) {
      const known = stored.get(String(id));
      if (known !== undefined)
        return typeof id === "string" || plain || isInteger ? known : undefined;
      return integer(id);
    },
    toKey: String,
    fromKey: (key) => (/^\d+$/.test(key) ? BigInt(key) : key),
  };
}

function integer(id: NeuronId): bigint | undefined {
  if (typeof id === "bigint") return id;
  return typeof id === "number" && Number.isSafeInteger(id) ? BigInt(id) : undefined;
}

/** As Python spells a float, which is what navis puts into keys. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (!Number.isInteger(value)) return String(value).replace(/e([-+])(\d)$/, "e$10$2");
  if (Math.abs(value) < 1e16) return `${Object.is(value, -0) ? "-0" : value}.0`;
  return value.toExponential().replace(/e\+(\d)$/, "e+0$1");
}
