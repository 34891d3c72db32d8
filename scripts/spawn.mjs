import { spawn } from "node:child_process";

/** Runs a program to its end; its output goes to standard error unless `stdio` says otherwise. */
export async function run(command, args, options = {}) {
  const code = await exitCode(command, args, { stdio: ["ignore", 2, 2], ...options });
  if (code !== 0) throw new Error(`${[command, ...args].join(" ")} ended with code ${code}`);
}

export function exitCode(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, options);
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? signal));
  });
}

/** Becomes `command` as far as one process can: same streams, signals handed on, same end. */
export function become(command, args, options) {
  const child = spawn(command, args, { stdio: "inherit", ...options });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => {
    process.stderr.write(`${command}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exitCode = code;
    else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}
