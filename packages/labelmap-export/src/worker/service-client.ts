import { setTimeout as sleep } from "node:timers/promises";
import {
  type ConnectOptions,
  connectFlight,
  type FlightClient,
  type FlightReader,
  isFlightError,
} from "@pocaduck/flight";
import { type Actions, decodeJson, encodeJson, maxMessageSize } from "../protocol.ts";

export interface ServiceClientOptions extends ConnectOptions {
  /** How long a service may be away before the worker gives up; 60 s by default. */
  patienceMs?: number;
  onRetry?: (reason: string) => void;
  /** Told of each answer, and of each that did not come: the worker lives. */
  onSign?: () => void;
}

/** The service as a worker sees it, asked again while it is away. */
export class ServiceClient implements Disposable {
  readonly #flight: FlightClient;
  readonly #patienceMs: number;
  readonly #onRetry: (reason: string) => void;
  readonly #onSign: () => void;

  constructor(uri: string, options: ServiceClientOptions = {}) {
    const { patienceMs = 60_000, onRetry, onSign, ...connect } = options;
    this.#flight = connectFlight(uri, { maxMessageSize, ...connect });
    this.#patienceMs = patienceMs;
    this.#onRetry = onRetry ?? (() => undefined);
    this.#onSign = onSign ?? (() => undefined);
  }

  rows(ticket: string, signal: AbortSignal): FlightReader {
    return this.#flight.doGet(new TextEncoder().encode(ticket), { signal });
  }

  /** Asks until there is an answer; `once` is for what is not worth a second try. */
  async call<A extends keyof Actions>(
    type: A,
    request: Actions[A]["request"],
    { signal, once = false }: { signal?: AbortSignal; once?: boolean } = {},
  ): Promise<Actions[A]["answer"]> {
    const end = performance.now() + this.#patienceMs;
    for (let delayMs = 100; ; delayMs = Math.min(2000, 2 * delayMs)) {
      try {
        const answer = await this.#ask(type, request, signal);
        this.#onSign();
        return answer;
      } catch (error) {
        signal?.throwIfAborted();
        this.#onSign();
        const away = isFlightError(error, "unavailable", "timeout", "cancelled", "internal");
        if (once || !away || performance.now() + delayMs > end) throw error;
        this.#onRetry(error.message);
        await sleep(delayMs, undefined, signal && { signal });
      }
    }
  }

  [Symbol.dispose](): void {
    this.#flight.close();
  }

  async #ask<A extends keyof Actions>(
    type: A,
    request: Actions[A]["request"],
    signal: AbortSignal | undefined,
  ): Promise<Actions[A]["answer"]> {
    const options = { timeoutMs: 30_000, ...(signal && { signal }) };
    const parts: Uint8Array[] = [];
    for await (const part of this.#flight.doAction({ type, body: encodeJson(request) }, options)) {
      parts.push(part);
    }
    return decodeJson(Buffer.concat(parts));
  }
}
