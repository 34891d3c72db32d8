import { readFile } from "node:fs/promises";
import { RequestError, type Secrets } from "@pocaduck/storage/remote";
import { type GcsStoreOptions, isAnonymous } from "./options.ts";

export interface Credentials {
  /** Where the API is, without a slash at the end. */
  base: string;
  /** Headers that sign a request; a new token when the old one has run out. */
  headers(): Promise<Record<string, string>>;
  /** The server refused the token: the next headers hold a new one, even if the old had time left. */
  renew(): void;
}

interface Auth {
  getRequestHeaders(url?: string): Promise<Headers>;
}

const google = "https://storage.googleapis.com";

/** The SDK finds the credentials, as every Google tool does, and keeps the token fresh. */
export function findCredentials(options: GcsStoreOptions, secrets: Secrets): Credentials {
  const base = (options.endpoint ?? google).replace(/\/$/, "");
  if (isAnonymous(options)) return { base, headers: async () => ({}), renew() {} };
  let auth: Promise<Auth> | undefined;
  let last: string | undefined;
  return {
    base,
    async headers() {
      // Loading the SDK takes half a second, so only once it is needed.
      auth ??= openAuth(options);
      try {
        const headers = await (await auth).getRequestHeaders(base);
        const token = headers.get("authorization")?.replace(/^Bearer /, "");
        if (token !== last) secrets.add(token);
        last = token;
        return Object.fromEntries(headers);
      } catch (error) {
        auth = undefined;
        throw credentialsError(error);
      }
    },
    renew() {
      auth = undefined;
    },
  };
}

async function openAuth({ keyFile }: GcsStoreOptions): Promise<Auth> {
  const { Storage } = await import("@google-cloud/storage");
  // Which project it is matters to no request, but finding out takes seconds away from Google.
  const { authClient } = new Storage({ projectId: "any" });
  // The option `keyFilename` says on the console, at each use, that it is deprecated.
  if (keyFile !== undefined) authClient.jsonContent = await readKey(keyFile);
  return authClient;
}

async function readKey(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, "utf8");
  try {
    const key: unknown = JSON.parse(text);
    if (typeof key === "object" && key !== null) return key as Record<string, unknown>;
  } catch {
    // Said below; the parser's words would quote the file.
  }
  throw new Error(`${path} is no JSON file of a key`);
}

/** Of what the library says only the first line: the rest may hold the request. */
function credentialsError(error: unknown): RequestError {
  const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "";
  return new RequestError(
    `no usable credentials: ${message}; run \`gcloud auth application-default login\`, set GOOGLE_APPLICATION_CREDENTIALS, or ask for anonymous access`,
    { code: "NoCredentials" },
  );
}
