import type { Dialect, Format, NeuronId, ReadAnyOptions, Warning } from "@pocaduck/neuron-parquet";
import type { Output } from "../../cli/output.ts";
import { parseChoice, parseInteger } from "../../cli/parse-value.ts";

export const readOptions = {
  from: {
    type: "string",
    value: "format",
    about: "what the input is, where its name does not tell: parquet, swc, precomputed, arrow",
  },
  id: { type: "string", value: "id", multiple: true, about: "only this neuron" },
  limit: { type: "string", value: "count", about: "at most so many neurons" },
  pattern: {
    type: "string",
    value: "text",
    about: "how names of SWC files give ids, such as {name}_{id:int}.swc",
  },
  units: {
    type: "string",
    value: "text",
    about: "what SWC coordinates stand for, such as '8 nanometer'",
  },
  skip: {
    type: "boolean",
    about: "pass over broken SWC files and tell which; else they end the command",
  },
} as const;

export const writeOptions = {
  to: {
    type: "string",
    value: "format",
    about: "what to write, where the name does not tell: parquet, swc, precomputed, arrow, csv",
  },
  dialect: {
    type: "string",
    value: "name",
    about: "of Parquet: navis (default), navis-1, zip, neurarrow",
  },
  unreadable: { type: "boolean", about: "write also what navis could not read back" },
} as const;

type Given = Partial<Record<string, string | boolean | string[]>>;

const formats: readonly Format[] = ["parquet", "swc", "precomputed", "arrow", "csv"];
const dialects: readonly Dialect[] = ["navis", "navis-1", "zip", "neurarrow"];

/** What was passed over or worth telling, listed on standard error at the end. */
export class Notes {
  readonly #output: Output;
  readonly warnings: Warning[] = [];
  readonly skipped: { name: string; reason: string }[] = [];

  constructor(output: Output) {
    this.#output = output;
  }

  /** Leaves out the warnings of this text. */
  forget(text: string): void {
    const others = this.warnings.filter(({ message }) => message !== text);
    this.warnings.splice(0, this.warnings.length, ...others);
  }

  tell(): void {
    for (const { neuron, message } of this.warnings) {
      this.#output.note(neuron === undefined ? message : `neuron ${neuron}: ${message}`);
    }
    if (this.skipped.length > 0) this.#output.note(`passed over ${this.skipped.length}:`);
    for (const { name, reason } of this.skipped) this.#output.note(`  ${name}: ${reason}`);
  }
}

export function reading(given: Given, notes: Notes): ReadAnyOptions {
  const { from, id, limit, pattern, units, skip } = given;
  return {
    ...(typeof from === "string" ? { format: parseChoice("--from", from, formats) } : {}),
    ...(Array.isArray(id) ? { ids: id.flatMap(candidates), missing: "skip" } : {}),
    ...(typeof limit === "string"
      ? { limit: parseInteger("--limit", limit, 0, Number.MAX_SAFE_INTEGER) }
      : {}),
    ...(typeof pattern === "string" ? { pattern } : {}),
    ...(typeof units === "string" ? { units } : {}),
    onSkip(name, error) {
      if (error && skip !== true) throw error;
      notes.skipped.push({ name, reason: error?.message ?? "no SWC" });
    },
    onWarning: (warning) => notes.warnings.push(warning),
  };
}

export function writing(given: Given): {
  format?: Format;
  dialect?: Dialect;
  allowUnreadable?: boolean;
} {
  const { to, dialect, unreadable } = given;
  return {
    ...(typeof to === "string" ? { format: parseChoice("--to", to, formats) } : {}),
    ...(typeof dialect === "string"
      ? { dialect: parseChoice("--dialect", dialect, dialects) }
      : {}),
    ...(unreadable === true ? { allowUnreadable: true } : {}),
  };
}

/** Digits may be an integer id or a text of digits: the file decides. */
export function candidates(text: string): NeuronId[] {
  return /^-?\d+$/.test(text) ? [BigInt(text), text] : [text];
}
