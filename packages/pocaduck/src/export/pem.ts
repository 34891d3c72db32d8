import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { CommandError } from "../cli/exit-codes.ts";

/** @throws {CommandError} `usage` when the file cannot be read, or holds no certificate. */
export function certificatePem(path: string): Promise<string> {
  return pem(path, "certificate", (text) => new X509Certificate(text));
}

/** @throws {CommandError} `usage` when the file cannot be read, or holds no key. */
export function keyPem(path: string): Promise<string> {
  return pem(path, "private key", createPrivateKey);
}

/** TLS itself does not say which file it cannot read, and takes one without certificates for none. */
async function pem(path: string, what: string, parse: (text: string) => unknown): Promise<string> {
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new CommandError(`${path}: ${cause.message}`, "usage", { cause });
  });
  try {
    parse(text);
  } catch (cause) {
    throw new CommandError(`${path} holds no ${what} in PEM`, "usage", { cause });
  }
  return text;
}
