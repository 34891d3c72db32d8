import { CommandError, exitCodeOf, exitCodes } from "./exit-codes.ts";
import { createOutput } from "./output.ts";
import { parse } from "./parse.ts";
import { suggestion } from "./suggestion.ts";
import { table } from "./table.ts";

/** Runs one command to its end and answers the process's exit code. */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  process.stdout.on("error", endQuietlyOnClosedPipe);
  try {
    await run(words);
    return exitCodes.done;
  } catch (error) {
    process.stderr.write(`pocaduck: ${describe(error, words.includes("--debug"))}\n`);
    return exitCodeOf(error);
  }
}

async function run(words: readonly string[]): Promise<void> {
  const [first] = words;
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    const { overview } = await import("./help.ts");
    process.stdout.write(`${overview()}\n`);
    if (first === undefined) throw new CommandError("no command was given", "usage");
    return;
  }
  if (first === "--version") {
    const { packageVersion } = await import("./package-version.ts");
    process.stdout.write(`${packageVersion()}\n`);
    return;
  }
  const name = commandName(words);
  const { command } = await load(name);
  const { args, options } = parse(name, command, words.slice(name.split(" ").length));
  if (options.help === true) {
    const { commandHelp } = await import("./help.ts");
    process.stdout.write(`${commandHelp(name, command)}\n`);
    return;
  }
  const output = createOutput(options.json === true);
  await command.run({ args, options, signal: interruption(), output });
}

function load(name: string) {
  const entry = table[name];
  if (entry === undefined) throw new RangeError(`Expected \`name\` to be a command, got ${name}`);
  return entry.load();
}

/** The longest name in the table that the words begin with: some have two words. */
function commandName(words: readonly string[]): string {
  const [first = "", second = ""] = words;
  const two = `${first} ${second}`;
  if (Object.hasOwn(table, two)) return two;
  if (Object.hasOwn(table, first)) return first;
  const names = Object.keys(table);
  const group = names.filter((name) => name.startsWith(`${first} `));
  if (group.length > 0) throw new CommandError(`expected one of: ${group.join(", ")}`, "usage");
  const known = suggestion(first, names);
  throw new CommandError(`there is no command ${first}${known} (see pocaduck --help)`, "usage");
}

function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      controller.abort(new DOMException(`interrupted by ${signal}`, "AbortError"));
    });
  }
  return controller.signal;
}

/** A reader such as `head` has what it wants: 141 is 128 + SIGPIPE. */
function endQuietlyOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit(141);
}

function describe(error: unknown, debug: boolean): string {
  if (!(error instanceof Error)) return String(error);
  if (!debug) return error.message.replaceAll("\n", " ");
  const cause = error.cause === undefined ? "" : `\ncaused by: ${describe(error.cause, true)}`;
  return `${error.stack ?? error.message}${cause}`;
}
