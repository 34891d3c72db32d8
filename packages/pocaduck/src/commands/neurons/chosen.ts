import { resolve } from "node:path";
import type { Neuron } from "@pocaduck/neuron-parquet";
import { CommandError } from "../../cli/exit-codes.ts";
import type { Notes } from "./options.ts";

interface Choice {
  /** Ids as they were asked for. */
  ids: readonly string[];
  /** Whether less than all that was asked for may come. */
  partial: boolean;
  /** Where from, for errors. */
  input: string;
  notes: Notes;
  signal: AbortSignal;
}

/**
 * The neurons on their way to an output. What ends this ends the writing, and the output is what it was: an
 * interruption, an id that is nowhere, no neuron at all.
 */
export async function* chosen(
  neurons: AsyncIterable<Neuron>,
  { ids, partial, input, notes, signal }: Choice,
): AsyncGenerator<Neuron, void, undefined> {
  const missing = new Set(ids);
  let count = 0;
  for await (const neuron of neurons) {
    signal.throwIfAborted();
    missing.delete(String(neuron.id));
    count++;
    yield neuron;
  }
  signal.throwIfAborted();
  // Digits were asked for as an integer and as a text: only one can be there.
  notes.forget("is not in the file");
  if (partial) return;
  if (missing.size > 0) {
    const [first] = missing;
    const asked = new Set(ids).size;
    throw new CommandError(
      `${missing.size} of ${asked} ids are not in ${input}: ${first}`,
      "notFound",
    );
  }
  if (count === 0) {
    notes.tell();
    throw new CommandError(`${input} holds no neurons`, "notFound");
  }
}

/** A limit leaves neurons out, and so does passing over what is broken. */
export function isPartial({ limit, skip }: { limit?: string; skip?: boolean }): boolean {
  return limit !== undefined || skip === true;
}

/** @throws {CommandError} `usage`: what is read must not be replaced while it is. */
export function assertElsewhere(output: string, inputs: readonly string[]): void {
  if (!inputs.some((input) => resolve(input) === resolve(output))) return;
  throw new CommandError("the output is one of the inputs", "usage");
}
