import { markdown, short } from "./report.ts";

/** What a figure has to be. Of several conditions all count. */
export interface Reach {
  least?: number;
  most?: number;
  /** As many times the peer's at least. */
  times?: number;
  /** As large a part of the peer's at most. */
  part?: number;
  /** Whether something is met that is no number. */
  met?: boolean;
  /** In place of what the conditions above are called. */
  text?: string;
}

/** A figure that no one promised. */
export const printed: Reach = {};

/** The table of the main job: each figure beside its reach, and whether it is met. */
export class Figures {
  readonly #rows: string[][] = [];

  /** `cpu` is the same by processor time, which others on the machine have little part in. */
  add(
    figure: string,
    ours: number | string,
    reach: Reach,
    { theirs, cpu }: { theirs?: number | undefined; cpu?: number } = {},
  ): void {
    const ratio = typeof ours === "number" && theirs !== undefined ? ours / theirs : undefined;
    const conditions = conditionsOf(reach, Number(ours), ratio);
    const row = [
      figure,
      show(ours),
      reach.text ?? (conditions.map(({ text }) => text).join(", ") || "printed"),
      conditions.map(({ met }) => met).join(", "),
      show(cpu),
      show(theirs),
      show(ratio),
    ];
    this.#rows.push(row);
    process.stderr.write(`${row.slice(0, 5).join(" | ")}\n`);
  }

  toString(): string {
    const header = ["figure", "ours", "reach", "met", "by CPU time", "Python PoCADuck", "ratio"];
    return markdown(header, this.#rows);
  }
}

function conditionsOf({ least, most, times, part, met }: Reach, ours: number, ratio?: number) {
  const conditions: { text: string; met: string }[] = [];
  const add = (text: string, met: boolean | undefined): void => {
    conditions.push({ text, met: met === undefined ? "not run" : met ? "yes" : "no" });
  };
  // As it is shown: three digits tell no more.
  const shown = Number(ours.toPrecision(3));
  if (least !== undefined) add(`≥ ${short(least)}`, shown >= least);
  if (most !== undefined) add(`≤ ${short(most)}`, shown <= most);
  if (times !== undefined) add(`≥ ${times} ×`, ratio === undefined ? undefined : ratio >= times);
  if (part !== undefined)
    add(`≤ 1/${Math.round(1 / part)}`, ratio === undefined ? undefined : ratio <= part);
  if (met !== undefined) add("", met);
  return conditions;
}

function show(value: number | string | undefined): string {
  return typeof value === "number" ? short(value) : (value ?? "");
}
