import { describe, expect, test } from "vitest";
import { commandHelp } from "../src/cli/help.ts";
import { globalOptions } from "../src/cli/parse.ts";
import { table } from "../src/cli/table.ts";

describe.each(Object.keys(table))("%s", (name) => {
  test("has a help that names each argument and option", async () => {
    const command = await load(name);
    const help = commandHelp(name, command);
    for (const spec of command.arguments) expect(help).toContain(spec.replace(/\W+$/, ""));
    for (const option of Object.keys(command.options)) expect(help).toContain(`--${option}`);
  });

  test("has no option that shadows a global one, and no two with one letter", async () => {
    const { options } = await load(name);
    const all = [...Object.entries(globalOptions), ...Object.entries(options)];
    const names = all.map(([option]) => option);
    expect(names).toEqual([...new Set(names)]);
    const letters = all.flatMap(([, { short }]) => short ?? []);
    expect(letters).toEqual([...new Set(letters)]);
  });

  test("has only its last argument optional or repeated", async () => {
    const command = await load(name);
    for (const spec of command.arguments.slice(0, -1)) expect(spec).toMatch(/^[\w-]+\??$/);
  });
});

async function load(name: string) {
  const entry = table[name];
  if (entry === undefined) throw new RangeError(name);
  return (await entry.load()).command;
}
