import { ConfigError } from "../config/config-error.ts";
import { CommandError, exitCodeOf, exitCodes } from "./exit-codes.ts";
import { createOutput } from "./output.ts";
import { parse } from "./parse.ts";
import { printable } from "./printable.ts";
import { StandardOutput } from "./standard-output.ts";
import { suggestion } from "./suggestion.ts";
import { table } from "./table.ts";

/** Signals this close together are one wish to stop. */
const sameKeyMs = 500;

/** Runs one command to its end and answers the process's exit code. */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  const standard = new StandardOutput();
  const places: Places = {};
  try {
    await run(words, places, standard);
    await standard.flushed();
    return exitCodes.done;
  } catch (error) {
    const text = describe(error, words.includes("--debug"));
    const place = placeOf(error, places);
    const where = place === undefined || names(text, place) ? "" : `${place}: `;
    process.stderr.write(printable(`pocaduck: ${where}${text}\n`));
    return exitCodeOf(error);
  }
}

/** What the command works on, for errors: a library knows keys, not where the user keeps them. */
type Places = Partial<Record<"dataset" | "volume" | "sink", string | string[]>>;

function placeOf(error: unknown, { dataset, volume, sink }: Places): string | undefined {
  if (error instanceof CommandError) return undefined;
  // Of a setting, which says itself where it was made.
  if (error instanceof ConfigError && error.code === "invalid-config") return undefined;
  const name = error instanceof Error ? error.name : "";
  // A store may be the volume's or the dataset's.
  if (name === "StoreError" && volume !== undefined) return undefined;
  const ofVolume = name === "VolumeError" || name === "LabelmapError";
  const place = name === "ExportError" ? sink : ofVolume ? volume : dataset;
  // An address with a password in it is refused; its error must not repeat it.
  return typeof place === "string" ? place.replace(/\/\/[^/]*@/, "//***@") : undefined;
}

/** Whether a message says the place as a word of its own. */
function names(text: string, place: string): boolean {
  return text.split(/[\s"'`(),;]+|:(?=\s|$)/).includes(place);
}

async function run(
  words: readonly string[],
  places: Places,
  standard: StandardOutput,
): Promise<void> {
  const [first] = words;
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    const { overview } = await import("./help.ts");
    standard.write(`${overview()}\n`);
    if (first === undefined) throw new CommandError("no command was given", "usage");
    return;
  }
  if (first === "--version") {
    const { packageVersion } = await import("./package-version.ts");
    standard.write(`${packageVersion()}\n`);
    return;
  }
  const name = commandName(words);
  const { command } = await load(name);
  const { args, options } = parse(name, command, words.slice(name.split(" ").length));
  if (options.help === true) {
    const { commandHelp } = await import("./help.ts");
    standard.write(`${commandHelp(name, command)}\n`);
    return;
  }
  Object.assign(places, args);
  await passSettings(options);
  const output = createOutput(options.json === true, standard);
  await command.run({ args, options, signal: interruption(), output });
}

/** Flags become variables, the strongest word on settings, so that worker processes inherit them. */
async function passSettings({ config, set }: Record<string, unknown>): Promise<void> {
  if (typeof config === "string") process.env.POCADUCK_CONFIG = config;
  if (!Array.isArray(set)) return;
  const { flagToVariable } = await import("../config/read-settings.ts");
  for (const flag of set) {
    const [variable, value] = flagToVariable(flag);
    process.env[variable] = value;
  }
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

/**
 * Aborted by the first signal. A later one ends the process, save at once: Ctrl-C reaches it from
 * the terminal and again from npm, which hands it on.
 */
function interruption(): AbortSignal {
  const controller = new AbortController();
  let since = Number.POSITIVE_INFINITY;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (performance.now() - since > sameKeyMs) process.exit(exitCodes.interrupted);
      since = Math.min(since, performance.now());
      controller.abort(new DOMException(`interrupted by ${signal}`, "AbortError"));
    });
  }
  return controller.signal;
}

function describe(error: unknown, debug: boolean): string {
  if (!(error instanceof Error)) return String(error);
  if (!debug) return error.message.replaceAll("\n", " ");
  const cause = error.cause === undefined ? "" : `\ncaused by: ${describe(error.cause, true)}`;
  return `${error.stack ?? error.message}${cause}`;
}
