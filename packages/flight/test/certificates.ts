import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";

export type Certificates = AsyncDisposable & {
  cert: string;
  key: string;
  /** The same, for a process that reads files. */
  files: { cert: string; key: string };
};

/** A certificate for 127.0.0.1 that is its own authority, in a folder that goes when disposed. */
export async function selfSigned(): Promise<Certificates> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    extensions: [
      { name: "basicConstraints", cA: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  const folder = await mkdtemp(join(tmpdir(), "flight-"));
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  await writeFile(files.cert, cert);
  await writeFile(files.key, key);
  return {
    cert,
    key,
    files,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
