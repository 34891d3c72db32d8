import type { Output } from "./output.ts";

/** One option, as `node:util` parseArgs reads it, and what `--help` says of it. */
export interface OptionSpec {
  type: "string" | "boolean";
  /** What it does, in a few words; how often or by default what. */
  about: string;
  /** What stands for the value in `--help`, e.g. `file`. */
  value?: string;
  short?: string;
  multiple?: boolean;
}

type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type OptionValue<S extends OptionSpec> = S["type"] extends "boolean"
  ? boolean
  : S extends { multiple: true }
    ? string[]
    : string;

type OptionValues<O extends OptionSpecs> = { -readonly [K in keyof O]?: OptionValue<O[K]> };

/** `name` is required, `name?` optional, `name...` one or more; the last two only at the end. */
type ArgumentValues<A extends readonly string[]> = {
  [S in A[number] as S extends `${infer N}...` | `${infer N}?` ? N : S]: S extends `${string}...`
    ? string[]
    : S extends `${string}?`
      ? string | undefined
      : string;
};

interface Invocation<A extends readonly string[], O extends OptionSpecs> {
  args: ArgumentValues<A>;
  /** Options that were given; `--no-x` gives false. */
  options: OptionValues<O>;
  /** Aborted by the first SIGINT or SIGTERM; the second ends the process. */
  signal: AbortSignal;
  output: Output;
}

interface CommandSpec<A extends readonly string[], O extends OptionSpecs> {
  arguments: A;
  options: O;
  /** Lines shown under `--help`, without the leading `pocaduck`. */
  examples?: readonly string[];
  /** Resolves when everything asked for was done; throws otherwise. */
  run(invocation: Invocation<A, O>): Promise<void>;
}

/** A command whose argument and option types have been forgotten, as the table holds it. */
export interface Command {
  arguments: readonly string[];
  options: OptionSpecs;
  examples?: readonly string[];
  run(invocation: {
    args: Record<string, string | string[] | undefined>;
    options: Record<string, string | boolean | string[] | undefined>;
    signal: AbortSignal;
    output: Output;
  }): Promise<void>;
}

/** Types `run` by the arguments and options beside it. */
export function defineCommand<
  const A extends readonly string[],
  const O extends OptionSpecs = Record<never, never>,
>(spec: CommandSpec<A, O>): Command {
  return spec as unknown as Command;
}
