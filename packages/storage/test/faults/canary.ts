import { inspect } from "node:util";
import { afterEach, beforeEach, expect, type MockInstance, vi } from "vitest";
import type { Attempt } from "../../src/remote/index.ts";

type Method = (...call: unknown[]) => unknown;

/** Searches all that stores say in a file of tests for their secrets: each failure, attempt, warning and line printed. */
export class Canary {
  readonly #secrets: readonly string[];
  #told: unknown[] = [];

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
    const printed: MockInstance[] = [];
    const warn = (warning: Error): void => void this.#told.push(warning);
    beforeEach(() => {
      this.#told = [];
      process.on("warning", warn);
      for (const method of ["log", "warn", "error", "info", "debug"] as const) {
        const spy = vi.spyOn(console, method);
        printed.push(spy.mockImplementation((...words) => void this.#told.push(words)));
      }
    });
    afterEach(() => {
      process.off("warning", warn);
      for (const spy of printed.splice(0)) spy.mockRestore();
      this.#search();
    });
  }

  readonly observe = (attempt: Attempt): void => void this.#told.push(attempt);

  /** The same store, of which each failure is searched, whoever catches it. */
  watch<S extends object>(store: S): S {
    return new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...call: unknown[]) => this.#listen((member as Method).apply(target, call));
      },
    });
  }

  #listen(result: unknown): unknown {
    if (result instanceof Promise) {
      // Beside the caller, who gets it too.
      result.catch((error: unknown) => this.#told.push(error));
      return result;
    }
    const isStream =
      typeof result === "object" && result !== null && Symbol.asyncIterator in result;
    return isStream ? this.#passed(result as AsyncIterable<unknown>) : result;
  }

  async *#passed(stream: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    try {
      yield* stream;
    } catch (error) {
      this.#told.push(error);
      throw error;
    }
  }

  #search(): void {
    const views = this.#told.map((told) =>
      [
        inspect(told, { depth: 12, showHidden: true }),
        JSON.stringify(told),
        String(told),
        told instanceof Error ? `${told.stack} ${told.message}` : "",
      ].join("\n"),
    );
    const text = views.join("\n");
    expect(this.#secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(text).not.toMatch(/authorization"?'?\s*[:=]|x-amz-security-token|upload_?id=\w/i);
  }
}
