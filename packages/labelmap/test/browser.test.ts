import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { expect, test } from "vitest";

/** What browsers have beside the language itself. */
const web = { CompressionStream, DecompressionStream, ReadableStream, Response, TextDecoder };

test("the codecs run where there is nothing of Node", async () => {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "../src/index.ts")],
    bundle: true,
    format: "iife",
    globalName: "labelmap",
    platform: "browser",
    write: false,
  });
  const context = createContext({ ...web, TextEncoder, Uint8Array, ArrayBuffer });
  runInContext(outputFiles[0]?.text ?? "", context);
  const result = runInContext(
    `(async () => {
      const { decodeBlock, decodeEnvelope, encodeBlock, encodeEnvelope } = labelmap;
      const voxels = BigUint64Array.from({ length: 512 }, (_, at) => BigInt(at % 5) << 60n);
      const envelope = await encodeEnvelope(encodeBlock(voxels, { shape: [8, 8, 8] }), { compression: "gzip" });
      const tooLarge = await decodeEnvelope(envelope, { maxSize: 100 }).catch(({ code }) => code);
      const decoded = decodeBlock(await decodeEnvelope(envelope)).voxels;
      return [typeof process, tooLarge, decoded.every((label, at) => label === voxels[at])];
    })()`,
    context,
  );
  expect(Array.from(await result)).toEqual(["undefined", "too-large", true]);
});
