import type { S3Client } from "@aws-sdk/client-s3";
import { checkSecure, RequestError, type Secrets } from "@pocaduck/storage/remote";
import type { S3StoreOptions } from "./options.ts";
import { credentialsError, isCredentialsError } from "./s3-error.ts";

const stale = /^(Expired|TokenRefreshRequired|InvalidToken)/;

/** Where requests go, once one has gone. */
export interface Route {
  /** With its port. */
  host: string | undefined;
}

/**
 * Stands before each request of the client, wherever its endpoint and credentials came from: an
 * endpoint of the environment or a profile meets the same rule as one in the options, and
 * credentials that a server calls expired are asked for anew.
 */
export function guard(client: S3Client, options: S3StoreOptions, secrets: Secrets): Route {
  const route: Route = { host: options.endpoint && new URL(options.endpoint).host };
  let isStale = false;
  client.middlewareStack.add(
    (next) => async (args) => {
      const url = urlOf("request" in args ? args.request : undefined);
      route.host = url.host;
      if (!options.anonymous && !options.insecure) checkPlain(url);
      return next(args);
    },
    { step: "build", name: "pocaduckEndpoint" },
  );
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        if (isStale) {
          isStale = false;
          await client.config.credentials({ forceRefresh: true });
        }
        return await next(args);
      } catch (error) {
        if (isCredentialsError(error)) {
          throw credentialsError(error, options.profile ?? process.env.AWS_PROFILE);
        }
        if (error instanceof RequestError) throw error;
        isStale ||= error instanceof Error && stale.test(error.name);
        // What was answered had been signed.
        const isAnswer = error instanceof Error && "$response" in error;
        if (isAnswer && !options.anonymous) await learn(client, secrets);
        throw error;
      }
    },
    { step: "initialize", name: "pocaduckCredentials" },
  );
  return route;
}

async function learn(client: S3Client, secrets: Secrets): Promise<void> {
  const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
  secrets.add(accessKeyId, secretAccessKey, sessionToken);
}

function checkPlain(url: URL): void {
  try {
    checkSecure("endpoint", url, "credentials");
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    throw new RequestError(message, { code: "InsecureEndpoint" });
  }
}

function urlOf(request: unknown): URL {
  const { protocol, hostname, port } = request as {
    protocol: string;
    hostname: string;
    port?: number;
  };
  return new URL(`${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`);
}
