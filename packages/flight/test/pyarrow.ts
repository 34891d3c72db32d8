import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { judge } from "../../../test/judge.ts";

const script = join(import.meta.dirname, "pyarrow_peer.py");
const python = judge("pyarrow");

export const withoutPyarrow: boolean = python === undefined;
export const needsPyarrow: string = "(needs pyarrow)";

/** One pyarrow process, ended when disposed: a client that takes commands, or a server at `uri`. */
export class PyarrowPeer implements AsyncDisposable {
  readonly #process;
  readonly #lines: AsyncIterator<string>;

  private constructor(args: readonly string[]) {
    this.#process = spawn(String(python), [script, ...args], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  static async client(uri: string, options: object = {}): Promise<PyarrowPeer> {
    const peer = new PyarrowPeer(["client"]);
    await peer.run("connect", { uri, ...options });
    return peer;
  }

  static async server(options: object = {}): Promise<{ uri: string } & AsyncDisposable> {
    const peer = new PyarrowPeer(["server", JSON.stringify(options)]);
    const uri = String(await peer.#answer());
    return { uri, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
  }

  run(command: string, options: object = {}): Promise<unknown> {
    this.#process.stdin.write(`${JSON.stringify([command, options])}\n`);
    return this.#answer();
  }

  async #answer(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("pyarrow has ended");
    const { ok, error, message } = JSON.parse(value);
    if (error !== undefined) throw new Error(`${error}: ${message}`);
    return ok;
  }

  /** As a machine that fails would end it. */
  kill(): void {
    this.#process.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    if (this.#process.exitCode !== null || this.#process.killed) return;
    this.#process.stdin.end();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 2000);
    await ended;
    clearTimeout(timer);
  }
}
