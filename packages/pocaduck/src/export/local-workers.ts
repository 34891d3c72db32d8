import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ServedExports } from "@pocaduck/labelmap-export";
import { runChild } from "../processes/child.ts";
import type { ExportJob } from "./export-job.ts";

const child = fileURLToPath(new URL(`./export-child${extname(import.meta.url)}`, import.meta.url));

/** How long workers may take to see that the service has ended, and then to end when asked. */
const patienceMs = 5000;
const graceMs = 5000;

export interface LocalWorkersOptions {
  service: Pick<ServedExports, "uri" | "lose">;
  sink: string;
  count: number;
  /** Asks all to end. */
  signal: AbortSignal;
  /** Told what befalls one of them, in a line. */
  onNote: (text: string) => void;
}

/** The workers of an export on this machine, each in a process of its own. One that fails is not replaced. */
export class LocalWorkers {
  /** Why some ended early, those that had to be killed at the end left out. */
  readonly failures: unknown[] = [];
  /** Resolves when none is left. */
  readonly gone: Promise<undefined>;
  readonly #leaving = new AbortController();
  readonly #options: LocalWorkersOptions;
  #left: number;
  #over = false;

  constructor(options: LocalWorkersOptions) {
    this.#options = options;
    this.#left = options.count;
    const ends = Array.from({ length: options.count }, (_, index) => this.#run(index + 1));
    this.gone = Promise.all(ends).then(() => undefined);
  }

  /** Waits for all to end once the service has; those that do not are made to. */
  async leave(): Promise<void> {
    this.#over = true;
    const patience = setTimeout(() => this.#leaving.abort(), patienceMs);
    await this.gone;
    clearTimeout(patience);
  }

  async #run(index: number): Promise<void> {
    const { service, sink, count, onNote } = this.#options;
    const job: ExportJob = { service: service.uri, sink, name: `worker ${index}` };
    const who = `${job.name} of ${count}`;
    const signal = AbortSignal.any([this.#options.signal, this.#leaving.signal]);
    let [killed, silent] = [false, false];
    const onKill = (): void => {
      killed = true;
      onNote(`${who} did not end when asked to, and was killed`);
    };
    const lost = (how: string): Error => {
      silent = true;
      return new Error(`${who} ${how}`);
    };
    await runChild(child, job, { signal, lost, graceMs, onKill }).catch((error: Error) => {
      if (!killed) this.failures.push(error);
      const tasks = service.lose(job.name, error.message);
      if (this.#over || this.#left === 1 || !silent) return;
      onNote(`${error.message}; ${tasks[0] ?? "its share"} goes to another`);
    });
    this.#left--;
  }
}
