import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import type { S3StoreOptions } from "./options.ts";

/** Sockets wait a little longer than the store does, so that its own message is the one seen. */
const graceMs = 5000;

/** A client that repeats nothing and prints nothing by itself. */
export function openClient(options: S3StoreOptions): S3Client {
  const { endpoint, region, profile, anonymous, credentials } = options;
  const { stallMs = 20_000, concurrency = 80, checksums = endpoint === undefined } = options;
  const agent = { keepAlive: true, maxSockets: concurrency };
  const config: S3ClientConfig = {
    maxAttempts: 1,
    // Without one it writes its advice on the console.
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    // It would give up keep-alive and wait for a word that few servers say.
    expectContinueHeader: false,
    forcePathStyle: options.pathStyle ?? endpoint !== undefined,
    requestChecksumCalculation: checksums ? "WHEN_SUPPORTED" : "WHEN_REQUIRED",
    responseChecksumValidation: checksums ? "WHEN_SUPPORTED" : "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: Math.min(10_000, stallMs),
      socketTimeout: Math.min(2 ** 31 - 1, stallMs + graceMs),
      httpAgent: agent,
      httpsAgent: agent,
      // The store bounds its requests itself; a queue at the agent is no reason to warn.
      socketAcquisitionWarningTimeout: 2 ** 31 - 1,
    },
    region: region ?? (endpoint === undefined ? foundRegion(profile) : "us-east-1"),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(anonymous ? { credentials: nobody, signer: { sign: async (request) => request } } : {}),
  };
  return new S3Client(config);
}

/** Of the environment or the profile. Anyone may know a bucket without its region; AWS then tells the right one. */
function foundRegion(profile: string | undefined): () => Promise<string> {
  let found: Promise<string> | undefined;
  return () => {
    // Only a client tells what the SDK would find by itself.
    found ??= new S3Client(profile === undefined ? {} : { profile }).config
      .region()
      .catch((error) => {
        if (error instanceof Error && error.message === "Region is missing") return "us-east-1";
        throw error;
      });
    return found;
  };
}

function quiet(): void {}

const nobody = { accessKeyId: "anonymous", secretAccessKey: "anonymous" };
