import {
  type Dialect,
  type Format,
  isNeuronError,
  type Neuron,
  type WriteAnyOptions,
  writeAny,
} from "@pocaduck/neuron-parquet";
import { parseAddress } from "../../address.ts";
import { CommandError } from "../../cli/exit-codes.ts";
import type { Output } from "../../cli/output.ts";
import { parseChoice, parseNumber } from "../../cli/parse-value.ts";
import { deliver, report } from "../../outputs/deliver.ts";
import { openTarget, type Target } from "../../outputs/target.ts";
import type { Given, Notes } from "./options.ts";
import { outputFormat, shapeOf } from "./output-format.ts";

/** How neurons are written, settled before any is read. */
export interface Writing {
  target: Target;
  options: WriteAnyOptions & { format: Format };
}

const formats: readonly Format[] = ["parquet", "swc", "precomputed", "arrow", "csv"];
const dialects: readonly Dialect[] = ["navis", "navis-1", "zip", "neurarrow"];

/** Options that only some formats take, and would be passed over in silence by the others. */
const formatsOf: Readonly<Record<string, Format>> = {
  dialect: "parquet",
  unreadable: "parquet",
  sharded: "precomputed",
  nanometers: "precomputed",
  reindex: "swc",
};

/** @throws {CommandError} for options that do not go together, and an output that cannot be written. */
export async function openWriting(
  output: string,
  inputs: readonly string[],
  given: Given,
): Promise<Writing> {
  const { to, unreadable, sharded, nanometers, reindex } = given;
  parseAddress(output);
  const asked = typeof to === "string" ? parseChoice("--to", to, formats) : undefined;
  const dialect = parseDialect(output, given);
  const format = outputFormat(output, asked ?? (dialect === "zip" ? "parquet" : undefined));
  for (const [name, only] of Object.entries(formatsOf)) {
    if (given[name] === undefined || only === format) continue;
    throw new CommandError(`--${name} is of ${only}, and ${output} is to be ${format}`, "usage");
  }
  const options = {
    format,
    ...(dialect === undefined ? {} : { dialect }),
    ...(unreadable === true ? { allowUnreadable: true } : {}),
    ...(sharded === true ? { sharded: true } : {}),
    ...(typeof nanometers === "string" ? { nanometers: parseNanometers(nanometers) } : {}),
    ...(reindex === true ? { reindex: true } : {}),
  };
  return { target: await openTarget(output, shapeOf(output, format), inputs), options };
}

/** The dialect asked for. A name may end in `.zip` of the dialect zip only. */
function parseDialect(output: string, { dialect: text }: Given): Dialect | undefined {
  if (typeof text !== "string") return undefined;
  const dialect = parseChoice("--dialect", text, dialects);
  if (dialect === "zip" || !/\.zip$/i.test(output)) return dialect;
  throw new CommandError(`--dialect ${dialect} is no zip, as ${output} says`, "usage");
}

function parseNanometers(text: string): number {
  const value = parseNumber("--nanometers", text, 0);
  if (value > 0) return value;
  throw new CommandError(`expected --nanometers to be a number above 0, got "${text}"`, "usage");
}

/** Writes, and tells what came of it. */
export async function writeNeuronsTo(
  { target, options }: Writing,
  neurons: AsyncIterable<Neuron>,
  { notes, signal, output }: { notes: Notes; signal: AbortSignal; output: Output },
): Promise<void> {
  const made = await deliver(target, { signal, output }, (path) =>
    advised(writeAny(path, neurons, options), path, target.name),
  );
  notes.warnings.push(...made.warnings);
  notes.tell();
  const { skipped, warnings } = notes;
  const line = `${counted(made.neurons)} to ${target.name}`;
  report(target, output, line, { ...made, warnings, skipped });
}

export function counted(neurons: number): string {
  return `${neurons.toLocaleString("en")} ${neurons === 1 ? "neuron" : "neurons"}`;
}

/** The library says what it lacks; here is how to give it, and what the user calls the output. */
export async function advised<T>(work: Promise<T>, path: string, name: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isNeuronError(error)) throw error;
    const { file, neuron, reason } = error;
    const advice = adviceOf(error.code, neuron, reason);
    if (file !== path && advice === undefined) throw error;
    const what = neuron === undefined ? "" : `, neuron ${neuron}`;
    const message = file === path ? `${JSON.stringify(name)}${what}: ${reason}` : error.message;
    const told = advice === undefined ? message : `${message} (${advice})`;
    throw new CommandError(told, "failed", { cause: error });
  }
}

function adviceOf(code: string, neuron: unknown, reason: string): string | undefined {
  if (code === "invalid-id" && typeof neuron === "number") return "--id-type integer or text";
  if (code === "invalid-id" && reason.startsWith("navis")) return "--unreadable writes it";
  if (code === "invalid-metadata" && reason.includes("nanometers")) return "--nanometers";
  return undefined;
}
