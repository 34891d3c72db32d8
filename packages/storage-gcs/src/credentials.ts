import { RequestError } from "@pocaduck/storage/remote";
import { type GcsStoreOptions, isLoopback } from "./options.ts";

export interface Credentials {
  /** Where the API is, without a slash at the end. */
  base: string;
  /** Headers that sign a request; a new token when the old one has run out. */
  headers(): Promise<Record<string, string>>;
}

const google = "https://storage.googleapis.com";

/** The SDK finds the credentials, as every Google tool does, and keeps the token fresh. */
export function findCredentials(options: GcsStoreOptions): Credentials {
  const base = (options.endpoint ?? google).replace(/\/$/, "");
  if (options.anonymous || isLoopback(new URL(base))) return { base, headers: async () => ({}) };
  let auth: Promise<{ getRequestHeaders(url?: string): Promise<Headers> }> | undefined;
  return {
    base,
    async headers() {
      // Loading the SDK takes half a second, so only once it is needed.
      auth ??= openAuth(options);
      try {
        return Object.fromEntries(await (await auth).getRequestHeaders(base));
      } catch (error) {
        throw credentialsError(error);
      }
    },
  };
}

async function openAuth({
  keyFile,
}: GcsStoreOptions): Promise<{ getRequestHeaders(url?: string): Promise<Headers> }> {
  const { Storage } = await import("@google-cloud/storage");
  return new Storage(keyFile === undefined ? {} : { keyFilename: keyFile }).authClient;
}

/** Of what the library says only the first line: the rest may hold the request. */
function credentialsError(error: unknown): RequestError {
  const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "";
  return new RequestError(
    `no usable credentials: ${message}; run \`gcloud auth application-default login\`, set GOOGLE_APPLICATION_CREDENTIALS, or ask for anonymous access`,
    { code: "NoCredentials" },
  );
}
