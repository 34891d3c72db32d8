import type { Command, OptionSpec } from "./command.ts";
import { globalOptions } from "./parse.ts";
import { table } from "./table.ts";

export function overview(): string {
  const names = Object.keys(table);
  const width = Math.max(...names.map((name) => name.length));
  return [
    "pocaduck: all points of a label, from a disk or a bucket, without a server",
    "",
    "usage: pocaduck <command> [arguments] [options]",
    "",
    ...names.map((name) => `  ${name.padEnd(width)}  ${table[name]?.summary}`),
    "",
    "pocaduck <command> --help says more. Every command has --json. Exit code 0 means that",
    "everything asked for was done.",
  ].join("\n");
}

export function commandHelp(name: string, command: Command): string {
  const words = command.arguments.map((spec) =>
    spec.endsWith("?") ? `[${spec.slice(0, -1)}]` : spec.replace(/^([^.]+)/, "<$1>"),
  );
  const options = Object.entries({ ...command.options, ...globalOptions }).map(describe);
  const width = Math.max(...options.map(([option]) => option.length));
  return [
    `pocaduck ${name}: ${table[name]?.summary}`,
    "",
    `usage: pocaduck ${[name, ...words].join(" ")} [options]`,
    "",
    ...options.map(([option, about]) => `  ${option.padEnd(width)}  ${about}`),
    ...(command.examples ? ["", "examples:"] : []),
    ...(command.examples ?? []).map((example) => `  pocaduck ${example}`),
  ].join("\n");
}

function describe([name, spec]: [string, OptionSpec]): [option: string, about: string] {
  const short = spec.short === undefined ? "    " : `-${spec.short}, `;
  const value = spec.type === "string" ? ` <${spec.value ?? "value"}>` : "";
  return [`${short}--${name}${value}`, spec.multiple ? `${spec.about} (may repeat)` : spec.about];
}
