import { printable } from "./printable.ts";
import { type Progress, startProgress } from "./progress.ts";
import type { StandardOutput } from "./standard-output.ts";

/** What a command says: results to standard output, all else to standard error. */
export interface Output {
  /** True under `--json`: then standard output holds JSON and nothing else. */
  readonly json: boolean;
  /** One line of the result. */
  line(text: string): void;
  /** The result as one JSON value; a bigint becomes a string of digits, whatever its size. */
  value(value: unknown): void;
  /** Columns as wide as their widest cell; numbers and bigints to the right. */
  table(header: readonly string[], rows: readonly (readonly unknown[])[]): void;
  /** Raw bytes of the result, one piece after the other. */
  bytes(bytes: Uint8Array): Promise<void>;
  /** A line for people on standard error. */
  note(text: string): void;
  /** A bar on standard error; nothing where that is not a terminal. `total` in the same unit as `Progress.at`. */
  progress(label: string, total?: number): Progress;
}

export function createOutput(json: boolean, standard: StandardOutput): Output {
  return {
    json,
    line: (text) => standard.write(`${printable(text)}\n`),
    value: (value) => standard.write(`${toJson(value)}\n`),
    table: (header, rows) => standard.write(printable(layOut(header, rows))),
    bytes: async (bytes) => {
      standard.write(bytes);
      await standard.flushed();
    },
    note: (text) => void process.stderr.write(`${printable(text)}\n`),
    progress: (label, total) => startProgress(process.stderr, label, total),
  };
}

export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === "bigint") return inner.toString();
    if (ArrayBuffer.isView(inner) && !(inner instanceof DataView)) {
      return Array.from(inner as unknown as ArrayLike<number | bigint>);
    }
    return inner;
  });
}

function cellText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object" && value !== null) return toJson(value);
  // A cell stays in its line.
  return String(value).replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

function layOut(header: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [header, ...rows.map((row) => row.map(cellText))];
  const right = header.map((_, column) =>
    rows.some((row) => typeof row[column] === "number" || typeof row[column] === "bigint"),
  );
  const widths = header.map((_, column) =>
    cells.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return right[column] ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}
