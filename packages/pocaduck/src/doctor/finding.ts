import { isStoreError } from "@pocaduck/storage";
import { adviceFor } from "./advice.ts";

export interface Finding {
  /** A promise, as a sentence. */
  promise: string;
  holds: boolean;
  /** What was met, where it does not hold. */
  failure?: string;
  /** What to do then. */
  advice?: string;
  /** Only web pages need it. */
  optional?: true;
}

export type Note = (finding: Finding) => void;

export async function attempt(promise: string, run: () => Promise<unknown>): Promise<Finding> {
  try {
    await run();
    return { promise, holds: true };
  } catch (error) {
    return failed(promise, error);
  }
}

export function failed(promise: string, error: unknown): Finding {
  return { promise, holds: false, failure: text(error), advice: adviceFor(promise, error) };
}

/** A case wraps what it met in what it expected. */
function text(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = isStoreError(error.cause) ? `: ${error.cause.message}` : "";
  return error.message + cause;
}
