import { VastError } from "./errors.ts";
import type { S3File } from "./flatbuffers.ts";

/** One file's fate, as the server tells it, perhaps several times. */
type ImportStatus = {
  res: string;
  err_msg?: string;
  bucket_name?: string;
  object_name?: string;
};

/** Of one JSON object; a status takes a few hundred bytes. */
const maxObjectSize = 1 << 20;

/** Objects that follow each other without a separator, cut anywhere by the network. */
export async function* jsonObjects(body: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let pending = "";
  let at = 0;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let start = 0;
  const feed = function* (text: string): Generator<unknown> {
    pending += text;
    for (; at < pending.length; at++) {
      const char = pending[at];
      if (inString) {
        if (escaped) escaped = false;
        else if (char === "\\") escaped = true;
        else if (char === '"') inString = false;
      } else if (char === '"' && depth > 0) inString = true;
      else if (char === "{" && depth++ === 0) start = at;
      else if (char === "}" && --depth === 0) {
        yield JSON.parse(pending.slice(start, at + 1));
        pending = pending.slice(at + 1);
        at = -1;
      } else if (depth < 1 && !/[\s,]/.test(String(char))) {
        throw new SyntaxError(`unexpected ${JSON.stringify(char)} between objects`);
      }
    }
    if (pending.length > maxObjectSize) throw new RangeError("an object without an end");
  };
  for await (const chunk of body) yield* feed(decoder.decode(chunk, { stream: true }));
  yield* feed(decoder.decode());
  if (depth > 0) throw new SyntaxError("the last object has no end");
}

/**
 * Reads the answer to an import, which has status 200 even where a file failed: the last status of each file that
 * was asked for has to be a good one.
 * @throws {VastError} `import-failed`, naming each file that is not in; `corrupt`, `unavailable`.
 */
export async function assertImported(
  files: readonly S3File[],
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  const last = new Map<string, ImportStatus>();
  try {
    for await (const object of jsonObjects(body)) {
      const status = object as ImportStatus;
      last.set(nameOf(status.bucket_name, status.object_name), status);
    }
  } catch (error) {
    if (error instanceof VastError) throw error;
    const reason = "the answer to an import: cannot be decoded";
    throw new VastError("corrupt", reason, { mayHaveActed: true, cause: error });
  }
  const failed = files.flatMap(({ bucket, key }) => {
    const status = last.get(nameOf(bucket, key));
    if (status?.res === "Success" || status?.res === "TabularAlreadyImported") return [];
    const cause = status ? `${status.res} ${status.err_msg ?? ""}`.trim() : "not mentioned";
    return [`${bucket}/${key} (${cause})`];
  });
  if (failed.length > 0) throw new VastError("import-failed", `not imported: ${failed.join(", ")}`);
}

function nameOf(bucket: string | undefined, key: string | undefined): string {
  return JSON.stringify([bucket, key]);
}
