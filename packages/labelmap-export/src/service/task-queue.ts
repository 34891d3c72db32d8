/** A task in the hands of a worker, until the deadline unless the worker is heard of. */
export interface Lease<T> {
  id: string;
  task: T;
  worker: string;
  /** Of this task, 1 the first. */
  attempt: number;
  deadline: number;
}

export interface GivenUp<T> {
  task: T;
  reason: string;
}

export interface TaskQueueOptions {
  leaseMs: number;
  /** After so many failures a task is given up. */
  maxAttempts: number;
  /** Milliseconds; `performance.now` by default. */
  now?: () => number;
}

/**
 * Hands out tasks, each to one worker at a time, again when its worker falls silent or fails, until it is acknowledged
 * or given up. An acknowledgement counts whoever has the lease by then: the sink has committed.
 */
export class TaskQueue<T extends { id: string }> {
  readonly total: number;
  readonly #options: Required<TaskQueueOptions>;
  readonly #waiting: T[];
  readonly #leases = new Map<string, Lease<T>>();
  readonly #attempts = new Map<string, number>();
  readonly #done = new Set<string>();
  readonly #givenUp: GivenUp<T>[] = [];
  #count = 0;

  constructor(tasks: Iterable<T>, options: TaskQueueOptions) {
    this.#options = { now: () => performance.now(), ...options };
    // Taken from the end.
    this.#waiting = [...tasks].reverse();
    this.total = this.#waiting.length;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get done(): number {
    return this.#done.size;
  }

  get leases(): readonly Lease<T>[] {
    return [...this.#leases.values()];
  }

  get givenUp(): readonly GivenUp<T>[] {
    return this.#givenUp;
  }

  /** Whether nothing is left to hand out or to wait for. */
  get over(): boolean {
    return this.#done.size + this.#givenUp.length === this.total;
  }

  attempts(task: string): number {
    return this.#attempts.get(task) ?? 0;
  }

  take(worker: string): Lease<T> | undefined {
    this.expire();
    const task = this.#waiting.pop();
    if (!task) return undefined;
    const attempt = this.attempts(task.id) + 1;
    this.#attempts.set(task.id, attempt);
    const id = `${task.id}#${++this.#count}`;
    const lease = { id, task, worker, attempt, deadline: this.#deadline() };
    this.#leases.set(id, lease);
    return lease;
  }

  lease(id: string): Lease<T> | undefined {
    this.expire();
    return this.#leases.get(id);
  }

  /** False when the lease is lost, and with it the work. */
  renew(id: string): boolean {
    const lease = this.lease(id);
    if (lease) lease.deadline = this.#deadline();
    return lease !== undefined;
  }

  /** False when it was acknowledged before, or given up. */
  acknowledge(task: string): boolean {
    const given = this.#givenUp.some((other) => other.task.id === task);
    if (given || this.#done.has(task) || !this.#attempts.has(task)) return false;
    this.#done.add(task);
    for (const lease of this.leases) if (lease.task.id === task) this.#leases.delete(lease.id);
    const again = this.#waiting.findIndex(({ id }) => id === task);
    if (again >= 0) this.#waiting.splice(again, 1);
    return true;
  }

  /** Takes a task back. `final` gives it up at once; `blameless` does not count, as when a worker leaves. */
  fail(id: string, reason: string, blame: "counts" | "final" | "blameless" = "counts"): void {
    const lease = this.#leases.get(id);
    if (!lease) return;
    this.#leases.delete(id);
    const { task } = lease;
    if (blame === "blameless") this.#attempts.set(task.id, this.attempts(task.id) - 1);
    if (blame === "final" || this.attempts(task.id) >= this.#options.maxAttempts) {
      this.#givenUp.push({ task, reason });
    } else {
      // Behind the others: what fails for now may work later.
      this.#waiting.unshift(task);
    }
  }

  /** Takes back all that a worker holds, and tells which tasks. */
  failAll(worker: string, reason: string): T[] {
    const held = this.leases.filter((lease) => lease.worker === worker);
    for (const { id } of held) this.fail(id, reason);
    return held.map(({ task }) => task);
  }

  /** Takes back what silent workers hold. */
  expire(): void {
    const now = this.#options.now();
    for (const { id, worker, deadline } of this.leases) {
      if (deadline < now) this.fail(id, `worker ${worker} fell silent`);
    }
  }

  #deadline(): number {
    return this.#options.now() + this.#options.leaseMs;
  }
}
