const NAMES: readonly (readonly [name: string, nanometers: number, ...spellings: string[]])[] = [
  ["angstrom", 0.1, "å", "Å", "ångström"],
  ["nanometer", 1, "nm", "nanometre"],
  ["micrometer", 1e3, "um", "µm", "μm", "micron", "micrometre"],
  ["millimeter", 1e6, "mm", "millimetre"],
  ["centimeter", 1e7, "cm", "centimetre"],
  ["meter", 1e9, "m", "metre"],
];

export interface Units {
  /** One stored step along x, y and z, in `unit`. */
  readonly scale: readonly [number, number, number];
  /** Full name: `nanometer`, `dimensionless`; `unknown` when the text says nothing we know. */
  readonly unit: string;
  /** Nanometers per stored step; absent for dimensionless and unknown units. */
  readonly nanometers?: readonly [number, number, number] | undefined;
}

const NUMBER = "[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?";
const ONE = new RegExp(`^(${NUMBER})?\\s*\\*?\\s*([^\\d\\s][^\\s]*)?$`, "u");
const THREE = new RegExp(
  `^\\[\\s*(${NUMBER})[\\s,]+(${NUMBER})[\\s,]+(${NUMBER})\\s*\\]\\s*(\\S+)?$`,
  "u",
);

/** Reads `8 nanometer`, `nm`, `[4 4 40] nanometer` or three texts; never throws. */
export function parseUnits(text: string | readonly [string, string, string]): Units {
  if (typeof text !== "string") {
    const [x, y, z] = [parseUnits(text[0]), parseUnits(text[1]), parseUnits(text[2])];
    const scale = (i: 0 | 1 | 2, of: Units): number =>
      of.unit === x.unit
        ? of.scale[i]
        : ((of.nanometers?.[i] ?? 0) / (x.nanometers?.[i] ?? 0)) * x.scale[i];
    const unit = [y, z].every((of) => of.unit === x.unit || (of.nanometers && x.nanometers))
      ? x.unit
      : "unknown";
    return made([x.scale[0], scale(1, y), scale(2, z)], unit);
  }
  const trimmed = text.trim();
  const three = THREE.exec(trimmed);
  if (three)
    return made([Number(three[1]), Number(three[2]), Number(three[3])], fullName(three[4]));
  const one = ONE.exec(trimmed);
  if (!one) return made([1, 1, 1], "unknown");
  const factor = one[1] === undefined ? 1 : Number(one[1]);
  return made([factor, factor, factor], fullName(one[2]));
}

function made(scale: [number, number, number], unit: string): Units {
  const nanometers = NAMES.find(([name]) => name === unit)?.[1];
  if (nanometers === undefined) return { scale, unit };
  return {
    scale,
    unit,
    nanometers: [scale[0] * nanometers, scale[1] * nanometers, scale[2] * nanometers],
  };
}

function fullName(spelling: string | undefined): string {
  if (spelling === undefined || spelling === "dimensionless") return "dimensionless";
  const plain = spelling === "Å" ? spelling : spelling.replace(/s$/, "");
  return NAMES.find((names) => names.some((name) => name === plain))?.[0] ?? "unknown";
}

/** The spelling every reader takes, `8 nanometer`; text of an unknown unit stays as it is. */
export function formatUnits(text: string): string {
  const { scale, unit } = parseUnits(text);
  return unit === "unknown" || /^\s*\[/.test(text) ? text : `${scale[0]} ${unit}`;
}
