import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

export interface Ended {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** Starts the command in a process group of its own, so that {@link killGroup} takes its workers with it. */
export function startCommand(
  words: readonly string[],
  { env = process.env, ...user }: { env?: NodeJS.ProcessEnv; uid?: number; gid?: number } = {},
): {
  child: ChildProcess;
  ended: Promise<Ended>;
} {
  const child = spawn(process.execPath, [main, ...words], {
    detached: true,
    env,
    ...user,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (text: Buffer) => {
    stdout += text.toString();
  });
  child.stderr?.on("data", (text: Buffer) => {
    stderr += text.toString();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("close", (code, signal) => {
      const printed = secretsOf(env).filter((name) => (stdout + stderr).includes(env[name] ?? ""));
      if (printed.length > 0) reject(new Error(`${words.join(" ")} printed ${printed}`));
      else resolve({ code, signal, stdout, stderr });
    });
  });
  return { child, ended };
}

/** Whatever befalls a command, it prints none of these. */
function secretsOf(env: NodeJS.ProcessEnv): string[] {
  const names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
  return names.filter((name) => (env[name] ?? "").length >= 10);
}

export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Runs the command to its end. */
export async function command(...words: string[]): Promise<Ended> {
  return startCommand(words).ended;
}

/** Runs the command, which must succeed, and parses what it prints. */
export async function commandJson<T>(...words: string[]): Promise<T> {
  const { code, stdout, stderr } = await command(...words, "--json");
  if (code !== 0) throw new Error(`pocaduck ${words.join(" ")} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
