import type { NeuronId, PropertyValue, Warning } from "../model.ts";

export interface SwcMeta {
  id?: NeuronId;
  name?: string;
  units?: string | readonly [string, string, string];
  properties?: Record<string, PropertyValue>;
  warnings: Warning[];
}

const META = /^#\s*meta:\s*(\{.*)$/is;

/** Reads the one header line `# Meta: {json}` that navis and nat write; its ids are text, digits there mean an integer. */
export function readMeta(header: readonly string[]): SwcMeta {
  const meta: SwcMeta = { warnings: [] };
  const line = header.map((text) => META.exec(text)?.[1]).find((json) => json !== undefined);
  if (line === undefined) return meta;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    meta.warnings.push({ message: `the Meta line is no JSON: ${error.message}` });
    return meta;
  }
  const properties: Record<string, PropertyValue> = {};
  for (const [name, own] of Object.entries(value as Record<string, unknown>)) {
    if (own === null || own === undefined) continue;
    if (name === "id") meta.id = idOf(own);
    else if (name === "name") meta.name = String(own);
    else if (name === "units") meta.units ??= String(own);
    else if (name === UNITS_XYZ && isThree(own)) meta.units = own;
    else if (name !== "soma") {
      Object.defineProperty(properties, name, {
        value: own,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
  }
  if (Object.keys(properties).length > 0) meta.properties = properties;
  return meta;
}

/** Units that differ by axis stand under a key of ours: under `units` navis would take them for their product. */
export const UNITS_XYZ = "neuron-parquet:units";

function isThree(value: unknown): value is [string, string, string] {
  return (
    Array.isArray(value) && value.length === 3 && value.every((one) => typeof one === "string")
  );
}

/** An integer where the text is one that fits 64 bits. */
export function idOf(value: unknown): NeuronId {
  const text = String(value);
  if (!/^-?(0|[1-9]\d*)$/.test(text) || text === "-0") return text;
  const id = BigInt(text);
  return id >= -(2n ** 63n) && id < 2n ** 64n ? id : text;
}
