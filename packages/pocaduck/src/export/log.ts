import type { Log } from "@pocaduck/labelmap-export";
import { toJson } from "../cli/output.ts";

/** Events as lines of JSON on standard error. */
export const logLines: Log = (event, about) => {
  process.stderr.write(`${toJson({ time: new Date().toISOString(), event, ...about })}\n`);
};
