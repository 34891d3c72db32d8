import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Starts a server on a free loopback port, with a temporary folder of its own, and waits until it
 * answers. `command(port, folder)` gives program, arguments and environment. `stop` ends it by its
 * process id; so does the end of this process.
 */
export async function serve({ name, command, health }) {
  for (let attempt = 1; ; attempt++) {
    const folder = mkdtempSync(join(tmpdir(), `${name}-`));
    const port = await freePort();
    const [program, args, env = {}] = command(port, folder);
    const server = launch(program, args, { ...process.env, ...env }, folder);
    const url = `http://127.0.0.1:${port}`;
    if (await answers(`${url}${health}`, server))
      return { url, port, folder, pid: server.pid, stop: server.stop };
    await server.stop();
    // Another process may have taken the port meanwhile.
    if (attempt === 3) throw new Error(`${name} did not start: ${server.output()}`);
  }
}

function launch(program, args, env, folder) {
  const child = spawn(program, args, { env, cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const listen = (text) => {
    said = (said + text).slice(-4000);
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  const ended = new Promise((resolve) => {
    child.once("error", (error) => resolve(listen(error.message)));
    child.once("exit", resolve);
  });
  const server = { pid: child.pid, running: true, output: () => said, stop };
  const onExit = () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", onExit);
  ended.then(() => {
    server.running = false;
  });
  async function stop() {
    process.removeListener("exit", onExit);
    child.kill("SIGTERM");
    const hard = setTimeout(() => child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(hard);
    rmSync(folder, { recursive: true, force: true });
  }
  return server;
}

async function answers(url, server) {
  const deadline = Date.now() + 30_000;
  while (server.running && Date.now() < deadline) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return true;
    await sleep(30);
  }
  return false;
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
