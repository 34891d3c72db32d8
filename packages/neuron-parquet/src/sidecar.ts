import { isNeuronError } from "./errors.ts";
import type { Warning } from "./model.ts";
import { ask } from "./url-source.ts";

/** `a.na.parquet` → `a.na.connectors.parquet`: where navis 2 looks for the connectors of a file. */
export function sidecarName(path: string): string {
  const dot = path.lastIndexOf(".");
  const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  if (dot <= slash) return `${path}.connectors`;
  return `${path.slice(0, dot)}.connectors${path.slice(dot)}`;
}

/** The URL of the connectors beside a URL; undefined where there are none, or where it cannot be told, which is. */
export async function sidecarUrl(
  place: string,
  onWarning: (warning: Warning) => void = () => {},
  signal?: AbortSignal,
): Promise<string | undefined> {
  const url = new URL(place);
  url.pathname = sidecarName(url.pathname);
  const tell = (reason: string): void =>
    onWarning({ message: `connectors were not looked for beside ${place}: ${reason}` });
  try {
    const { ok, status } = await ask(url, { method: "HEAD" }, signal);
    if (ok) return url.href;
    // A bucket denies what is not there to those who may not list it.
    if (![403, 404, 410].includes(status)) tell(`the server answered ${status}`);
  } catch (error) {
    if (!isNeuronError(error)) throw error;
    tell("the request failed");
  }
  return undefined;
}
