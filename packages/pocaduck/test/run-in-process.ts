import { exitCodeOf } from "../src/cli/exit-codes.ts";
import type { Output } from "../src/cli/output.ts";
import { toJson } from "../src/cli/output.ts";
import { parse } from "../src/cli/parse.ts";
import { table } from "../src/cli/table.ts";

export interface Said {
  code: number;
  /** Lines of the result. */
  lines: string[];
  /** Lines for people, the error among them. */
  notes: string[];
  /** The value under `--json`. */
  value: unknown;
}

/** Parses and runs a command as the command line does, without a process of its own. */
export async function runInProcess(name: string, words: readonly string[]): Promise<Said> {
  const said: Said = { code: 0, lines: [], notes: [], value: undefined };
  const output: Output = {
    json: words.includes("--json"),
    line: (text) => void said.lines.push(text),
    value(value) {
      said.value = JSON.parse(toJson(value));
    },
    table: (_header, rows) => void said.lines.push(...rows.map((row) => row.join(" "))),
    bytes: async () => {},
    note: (text) => void said.notes.push(text),
    progress: () => ({ at: () => {}, end: () => {} }),
  };
  try {
    const entry = table[name];
    if (!entry) throw new RangeError(`there is no command ${name}`);
    const { command } = await entry.load();
    const { args, options } = parse(name, command, words);
    await command.run({ args, options, signal: new AbortController().signal, output });
  } catch (error) {
    said.code = exitCodeOf(error);
    said.notes.push(error instanceof Error ? error.message : String(error));
  }
  return said;
}
