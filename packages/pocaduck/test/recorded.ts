import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startCommand } from "./run-command.ts";

/** Loaded by every process of the command before its own code: leaves what the process was given. */
const record = `
import { writeFileSync } from "node:fs";
const given = JSON.stringify({ argv: process.argv, env: process.env });
writeFileSync(process.env.RECORDED_IN + "/" + process.pid + ".json", given);
`;

interface Given {
  argv: string[];
  env: Record<string, string>;
}

/** A command of which each process leaves what it was given in `folder`. */
export function startRecorded(
  folder: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): ReturnType<typeof startCommand> {
  const module = join(folder, "record.mjs");
  writeFileSync(module, record);
  const NODE_OPTIONS = `--import=${pathToFileURL(module).href}`;
  return startCommand(words, { env: { ...env, NODE_OPTIONS, RECORDED_IN: folder } });
}

export function recorded(folder: string): Given[] {
  return readdirSync(folder)
    .filter((name) => /^\d+\.json$/.test(name))
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Given);
}
