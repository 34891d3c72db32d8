import { readFile } from "node:fs/promises";
import { CommandError } from "../cli/exit-codes.ts";

/** @throws {CommandError} `usage` when there is no such file. */
export async function pem(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: Error) => {
    throw new CommandError(`${path}: ${cause.message}`, "usage", { cause });
  });
}
