import {
  type Neuron,
  type NeuronId,
  originOf,
  parseUnits,
  type Units,
  withOrigin,
} from "@pocaduck/neuron-parquet";
import { CommandError } from "../../cli/exit-codes.ts";
import { parseChoice } from "../../cli/parse-value.ts";

type NeuronUnits = NonNullable<Neuron["units"]>;

export interface Shape {
  /** Of neurons that have none. */
  units: NeuronUnits | undefined;
  idType: "integer" | "text" | undefined;
}

export function parseShape({ units, idType }: { units?: unknown; idType?: unknown }): Shape {
  return {
    units: typeof units === "string" ? parseUnitsOption(units) : undefined,
    idType:
      typeof idType === "string"
        ? parseChoice("--id-type", idType, ["integer", "text"] as const)
        : undefined,
  };
}

/** The neuron as it is to be written: units of three axes as three, its id of the asked type. */
export function shaped(neuron: Neuron, { units, idType }: Shape): Neuron {
  const own = neuron.units === undefined ? units : threeOf(neuron.units);
  const whole = {
    ...neuron,
    id: idType === undefined ? neuron.id : idAs(idType, neuron.id),
    ...(own === undefined ? {} : { units: own }),
  };
  return withOrigin(whole, originOf(neuron));
}

export async function* allShaped(
  neurons: AsyncIterable<Neuron>,
  shape: Shape,
): AsyncGenerator<Neuron, void, undefined> {
  for await (const neuron of neurons) yield shaped(neuron, shape);
}

function parseUnitsOption(text: string): NeuronUnits {
  const units = threeOf(text.trim());
  if (text.trim() !== "" && known(parseUnits(units))) return units;
  throw new CommandError(
    `expected --units to be like '8 nanometer' or '[4 4 40] nanometer', got "${text}"`,
    "usage",
  );
}

function known({ unit, scale }: Units): boolean {
  return unit !== "unknown" && scale.every((step) => step > 0 && Number.isFinite(step));
}

/** `[4 4 40] nanometer`, and `[4 nanometer, 4 nanometer, 40 nanometer]` as SWC has it, as three texts. */
function threeOf(units: NeuronUnits): NeuronUnits {
  if (typeof units !== "string" || !units.startsWith("[")) return units;
  const each = /^\[([^,[\]]+),([^,[\]]+),([^,[\]]+)\]$/.exec(units.trim());
  if (each?.slice(1).every((text) => /[a-zµμåÅ]/i.test(text))) {
    const [x = "", y = "", z = ""] = each.slice(1).map((text) => text.trim());
    return [x, y, z];
  }
  const { scale, unit } = parseUnits(units);
  if (unit === "unknown") return units;
  return [`${scale[0]} ${unit}`, `${scale[1]} ${unit}`, `${scale[2]} ${unit}`];
}

function idAs(type: "integer" | "text", id: NeuronId): NeuronId {
  if (type === "text") return String(id);
  if (typeof id === "bigint") return id;
  if (typeof id === "number" && Number.isSafeInteger(id)) return BigInt(id);
  if (typeof id === "string" && /^-?\d+$/.test(id)) return BigInt(id);
  const why = typeof id === "number" && Number.isInteger(id) ? "exact integer" : "integer";
  throw new CommandError(`id ${id} is no ${why}: leave out --id-type integer, or give text`);
}
