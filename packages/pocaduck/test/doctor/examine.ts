import type { Finding } from "../../src/index.ts";
import { startCommand } from "../run-command.ts";

export interface Examined {
  code: number | null;
  findings: Finding[];
  stderr: string;
}

/** Runs `pocaduck doctor`. */
export async function examine(
  url: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Examined> {
  const { code, stdout, stderr } = await startCommand(["doctor", url, "--json"], { env }).ended;
  return { code, findings: stdout === "" ? [] : JSON.parse(stdout), stderr };
}

export function failing({ findings }: Examined): string[] {
  return findings.filter(({ holds }) => !holds).map(({ promise }) => promise);
}

export function find({ findings }: Examined, promise: RegExp): Finding | undefined {
  return findings.find((finding) => promise.test(finding.promise));
}
