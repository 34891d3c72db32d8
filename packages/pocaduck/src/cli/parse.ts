import { parseArgs } from "node:util";
import type { Command, OptionSpec } from "./command.ts";
import { CommandError } from "./exit-codes.ts";
import { suggestion } from "./suggestion.ts";

/** Options that every command has. */
export const globalOptions: Readonly<Record<string, OptionSpec>> = {
  config: { type: "string", value: "file", about: "settings: pocaduck.config.json by default" },
  set: {
    type: "string",
    multiple: true,
    value: "name=value",
    about: "one setting, such as s3.endpoint",
  },
  json: { type: "boolean", about: "the result as JSON, for machines" },
  debug: { type: "boolean", about: "errors with their causes and stacks" },
  help: { type: "boolean", short: "h", about: "this text" },
};

interface Parsed {
  args: Record<string, string | string[] | undefined>;
  options: Record<string, string | boolean | string[] | undefined>;
}

/** @throws {CommandError} `usage` when words or options do not fit the command. */
export function parse(name: string, command: Command, words: readonly string[]): Parsed {
  const known = { ...command.options, ...globalOptions };
  const { values, positionals } = split(name, known, words);
  const options = values as Parsed["options"];
  if (options.help === true) return { args: {}, options };
  return { args: assign(name, command.arguments, positionals), options };
}

function split(name: string, known: Record<string, OptionSpec>, words: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(known).map(([option, { type, short, multiple }]) => [
      option,
      { type, ...(short && { short }), ...(multiple && { multiple }) },
    ]),
  );
  try {
    const { values, positionals, tokens } = parseArgs({
      args: shielded(words, known),
      options,
      allowPositionals: true,
      allowNegative: true,
      tokens: true,
    });
    assertOnce(tokens, known);
    return { values, positionals: positionals.map((word) => word.replace(shield, "")) };
  } catch (error) {
    throw usage(name, explain(error, Object.keys(known)), error);
  }
}

/** Of two values one would be dropped without a word. */
function assertOnce(
  tokens: readonly { kind: string; name?: string }[],
  known: Record<string, OptionSpec>,
): void {
  const seen = new Set<string>();
  for (const { kind, name = "" } of tokens) {
    const { type, multiple } = known[name] ?? {};
    if (kind !== "option" || type !== "string" || multiple) continue;
    if (seen.has(name)) throw new Error(`--${name} is given twice`);
    seen.add(name);
  }
}

const shield = "\0";

/** A negative number is a value, which its option or argument may then refuse by name, and never an option. */
function shielded(words: readonly string[], known: Record<string, OptionSpec>): string[] {
  const shieldedWords: string[] = [];
  for (const word of words) {
    const before = shieldedWords.at(-1) ?? "";
    const takesValue = known[before.replace(/^--/, "")]?.type === "string";
    if (!/^-\d/.test(word)) shieldedWords.push(word);
    else if (before.startsWith("--") && takesValue)
      shieldedWords.push(`${shieldedWords.pop()}=${word}`);
    else shieldedWords.push(`${shield}${word}`);
  }
  return shieldedWords;
}

function explain(error: unknown, known: readonly string[]): string {
  const { code, message } = error as { code?: string; message: string };
  const option = /'(-[^' ]*)/.exec(message)?.[1];
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION" && option !== undefined) {
    const names = known.map((name) => `--${name}`);
    return `there is no option ${option}${suggestion(option, names)}`;
  }
  const [sentence = ""] = message.split(/\.?\n|\. /);
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function assign(name: string, specs: readonly string[], words: readonly string[]) {
  const args: Parsed["args"] = {};
  let used = 0;
  for (const spec of specs) {
    const word = words[used];
    const argument = spec.replace(/(\?|\.\.\.)$/, "");
    if (word === undefined && !spec.endsWith("?")) throw usage(name, `<${argument}> is missing`);
    if (spec.endsWith("...")) {
      args[argument] = words.slice(used);
      used = words.length;
    } else {
      args[argument] = word;
      used++;
    }
  }
  if (used < words.length) throw usage(name, `nothing is known to do with "${words[used]}"`);
  return args;
}

function usage(name: string, message: string, cause?: unknown): CommandError {
  return new CommandError(`${message} (see pocaduck ${name} --help)`, "usage", { cause });
}
