import { setTimeout as sleep } from "node:timers/promises";
import { ExportError } from "../errors.ts";

export interface WorkerStatus {
  name: string;
  /** What it works on. */
  task?: string;
  tasks: number;
  rows: number;
  /** Written, in whatever form the sink has. */
  bytes: number;
  /** Since it was heard of last. */
  silentMs: number;
}

interface Known {
  heardAt: number;
  /** Whether two have asked at once by this name. */
  shared: boolean;
  task: string | undefined;
  tasks: number;
  rows: number;
  bytes: number;
}

/** Who works, and when each was heard of last. */
export class WorkerList {
  readonly #known = new Map<string, Known>();
  readonly #lost = new Set<string>();
  readonly #silenceMs: number;
  #heardAt = performance.now();

  constructor(silenceMs: number) {
    this.#silenceMs = silenceMs;
  }

  /** Of those heard of lately. */
  get names(): string[] {
    const since = performance.now() - this.#silenceMs;
    return [...this.#known].filter(([, { heardAt }]) => heardAt >= since).map(([name]) => name);
  }

  /** Whether anyone has a task in hand who was heard of within so long. */
  busy(withinMs: number): boolean {
    const since = performance.now() - withinMs;
    return [...this.#known.values()].some(
      ({ task, heardAt }) => task !== undefined && heardAt >= since,
    );
  }

  /** Whether nobody was heard of for so long, those who left included: others may come in their place. */
  get silent(): boolean {
    return performance.now() - this.#heardAt >= this.#silenceMs;
  }

  heard(name: string): void {
    this.#heardAt = performance.now();
    this.#of(name).heardAt = this.#heardAt;
  }

  /** Whoever asks for work has none. */
  asks(name: string, shared = false): void {
    this.heard(name);
    const worker = this.#of(name);
    worker.shared ||= shared;
    worker.task = undefined;
  }

  took(name: string, task: string): void {
    this.#of(name).task = task;
  }

  finished(name: string, rows: number, bytes: number): void {
    const worker = this.#of(name);
    worker.task = undefined;
    worker.tasks++;
    worker.rows += rows;
    worker.bytes += bytes;
  }

  left(name: string): void {
    this.#heardAt = performance.now();
    this.#known.delete(name);
  }

  /** Of one that is known to be gone: what it asked before that is not answered with work. */
  lose(name: string): void {
    this.#lost.add(name);
    this.left(name);
  }

  isLost(name: string): boolean {
    return this.#lost.has(name);
  }

  list(): WorkerStatus[] {
    const now = performance.now();
    return Array.from(this.#known, ([name, { heardAt, task, tasks, rows, bytes }]) => ({
      name,
      ...(task !== undefined && { task }),
      tasks,
      rows,
      bytes,
      silentMs: Math.round(now - heardAt),
    }));
  }

  /**
   * Does not wait for those that are known to be gone.
   * @throws {ExportError} `no-workers` naming those who came, when they are fewer than `count` by then.
   */
  async come(count: number, waitMs: number, signal: AbortSignal): Promise<void> {
    for (const end = performance.now() + waitMs; this.names.length + this.#lost.size < count; ) {
      if (performance.now() >= end) {
        const named = this.names.sort().map((name) => `${name}${this.#hint(name)}`);
        const came = named.length === 0 ? "none" : named.join(", ");
        const reason = `${this.names.length} of ${count} workers came within ${waitMs / 1000} s: ${came}`;
        throw new ExportError("no-workers", reason);
      }
      await sleep(50, undefined, { signal });
    }
  }

  #hint(name: string): string {
    return this.#of(name).shared ? " (several workers of this name: give each its own)" : "";
  }

  #of(name: string): Known {
    const known = this.#known.get(name);
    if (known) return known;
    const none = { task: undefined, tasks: 0, rows: 0, bytes: 0 };
    const made = { heardAt: performance.now(), shared: false, ...none };
    this.#known.set(name, made);
    return made;
  }
}
