import type { Command } from "./command.ts";

interface Entry {
  summary: string;
  load(): Promise<{ command: Command }>;
}

/** Every command, in the order `--help` lists them. Nothing is imported before it is asked for. */
export const table: Readonly<Record<string, Entry>> = {
  version: {
    summary: "the versions of pocaduck and of what it runs on",
    load: () => import("../commands/version.ts"),
  },
};
