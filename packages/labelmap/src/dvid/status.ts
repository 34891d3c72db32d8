import type { IncomingMessage } from "node:http";
import { LabelmapError, type LabelmapErrorCode } from "../errors.ts";
import { collect } from "./transport.ts";

/**
 * The error that a status other than 200 stands for, with the text DVID sent.
 * DVID says 400 for nearly everything; its words tell what is unknown and what is not unique.
 */
export async function failure(response: IncomingMessage, path: string): Promise<LabelmapError> {
  const { statusCode = 0 } = response;
  const text = (await collect(response, 65_536)).toString("utf8").trim();
  const reason = `DVID says ${statusCode} for ${path}${text === "" ? "" : `: ${text}`}`;
  return new LabelmapError(code(statusCode, text), reason);
}

function code(status: number, text: string): LabelmapErrorCode {
  if (status === 404) return "not-found";
  if (status === 401 || status === 403) return "forbidden";
  if (status === 429 || status >= 500) return "unavailable";
  if (/more than one (UUID|repo)|ambiguous/i.test(text)) return "ambiguous";
  if (/could not find|not found|unknown|invalid data/i.test(text)) return "not-found";
  return "rejected";
}
