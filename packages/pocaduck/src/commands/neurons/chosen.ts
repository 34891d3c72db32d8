import { setImmediate } from "node:timers/promises";
import type { Neuron } from "@pocaduck/neuron-parquet";
import { CommandError } from "../../cli/exit-codes.ts";
import { canonicalId, type Given, type Notes, parseLimit } from "./options.ts";

interface Choice {
  /** Ids as they were asked for. */
  ids: readonly string[];
  limit?: number | undefined;
  /** Whether it is well that no neuron comes, as where broken ones are passed over. */
  mayBeEmpty: boolean;
  /** Part of the name that was asked for. */
  name?: string | undefined;
  /** Where from, for errors. */
  input: string;
  notes: Notes;
  signal: AbortSignal;
}

export function choiceOf(
  { id, limit, skip }: Given,
  rest: Pick<Choice, "input" | "notes" | "signal">,
): Choice {
  return {
    ...rest,
    ids: Array.isArray(id) ? id : [],
    limit: typeof limit === "string" ? parseLimit(limit) : undefined,
    mayBeEmpty: skip === true,
  };
}

/** How long a signal waits while neurons come without a pause. */
const turnMs = 50;

/**
 * The neurons on their way to an output. What ends this ends the writing, and the output is what it was: an
 * interruption, an id that is nowhere, no neuron at all.
 */
export async function* chosen(
  neurons: AsyncIterable<Neuron>,
  { ids, limit = Number.POSITIVE_INFINITY, mayBeEmpty, name, input, notes, signal }: Choice,
): AsyncGenerator<Neuron, void, undefined> {
  const missing = new Map(ids.map((id) => [canonicalId(id), id]));
  const asked = missing.size;
  let last = performance.now();
  let count = 0;
  if (limit === 0) return;
  for await (const neuron of neurons) {
    if (performance.now() - last > turnMs) {
      await setImmediate();
      last = performance.now();
    }
    signal.throwIfAborted();
    missing.delete(canonicalId(String(neuron.id)));
    count++;
    yield neuron;
    if (count >= limit) break;
  }
  signal.throwIfAborted();
  // Digits were asked for as an integer and as a text: only one can be there.
  notes.forget("is not in the file");
  if (count >= limit) return;
  if (missing.size > 0 && name === undefined) {
    const list = [...missing.values()];
    const some = `${list.slice(0, 10).join(", ")}${list.length > 10 ? ", …" : ""}`;
    throw new CommandError(
      `${missing.size} of ${asked} ids are not in ${input}: ${some}`,
      "notFound",
    );
  }
  if (count > 0 || mayBeEmpty) return;
  notes.tell();
  const what = name === undefined ? "" : ` whose name holds ${JSON.stringify(name)}`;
  throw new CommandError(`${input} holds no neurons${what}`, "notFound");
}
