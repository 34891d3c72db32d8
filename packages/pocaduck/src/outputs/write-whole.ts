import { writeFile } from "../clouds/write-file.ts";

/** Bytes, or a text, as a file that is there whole or not at all. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<number> {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return writeFile(
    path,
    (async function* () {
      yield bytes;
    })(),
  );
}
