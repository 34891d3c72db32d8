import { FlightError, type FlightHandlers } from "@pocaduck/flight";
import { isExportError } from "../errors.ts";
import { type Actions, decodeJson, encodeJson } from "../protocol.ts";
import type { ExportService } from "./export-service.ts";

/** Of an answer, so that a large manifest passes as several results. */
const resultSize = 2 ** 20;

/** What workers reach: four actions with JSON in and out, and DoGet with the ticket that a lease brought. */
export function flightHandlers(service: ExportService): FlightHandlers {
  const actions: {
    [A in keyof Actions]: (
      request: Actions[A]["request"],
      signal: AbortSignal,
    ) => Promise<Actions[A]["answer"]>;
  } = {
    lease: (request, signal) => service.lease(request, signal),
    renew: async ({ lease }) => ({ valid: service.run?.renew(lease) ?? false }),
    acknowledge: async ({ lease, task, receipt, moved }) => ({
      first: service.run?.acknowledge(lease, task, { receipt, moved }) ?? false,
    }),
    fail: async ({ lease, reason, leaves, code }) => {
      service.run?.giveBack(lease, reason, leaves, code);
      return {};
    },
  };
  return {
    async *doAction({ type, body }, { signal }) {
      const action = Object.hasOwn(actions, type) && actions[type as keyof Actions];
      if (!action) throw new FlightError("unsupported", `no action ${type}`);
      const answer = encodeJson(await action(parse(body), signal));
      for (let at = 0; at < answer.length; at += resultSize) {
        yield answer.subarray(at, at + resultSize);
      }
    },
    *listActions() {
      for (const type of Object.keys(actions)) yield { type, description: "JSON in, JSON out" };
    },
    doGet(ticket) {
      const lease = new TextDecoder().decode(ticket);
      const stream = service.run?.rows(lease);
      if (!stream)
        throw new FlightError("not-found", `no lease ${lease}: it ran out, or never was`);
      return { schema: stream.schema, messages: told(stream.messages) };
    },
  };
}

/** Errors that the other end may know. */
async function* told<T>(messages: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const code = isExportError(cause, "cancelled") ? "aborted" : "unavailable";
    throw new FlightError(code, reason, { cause });
  }
}

function parse<T>(body: Uint8Array): T {
  try {
    return decodeJson<T>(body);
  } catch (cause) {
    throw new FlightError("invalid-argument", "the body of the action is no JSON", { cause });
  }
}
