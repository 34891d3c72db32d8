import { createHash, timingSafeEqual } from "node:crypto";
import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
} from "@grpc/grpc-js";
import { definitions } from "./protocol.ts";

/** The tokens a server takes, or a function that says whether it takes one. */
export type Tokens = readonly string[] | ((token: string) => boolean | Promise<boolean>);

/** pyarrow sends what its `ClientAuthHandler` got from the handshake under this name. */
export const handshakeTokenHeader = "auth-token-bin";

export const handshakePath: string = definitions.Handshake.path;

/** Answers `UNAUTHENTICATED` before a handler runs; `open` are paths that need no token. */
export function tokenInterceptor(tokens: Tokens, open: ReadonlySet<string>): ServerInterceptor {
  const accepts = typeof tokens === "function" ? tokens : acceptOneOf(tokens);
  return (method, call) =>
    new ServerInterceptingCall(call, {
      start(next) {
        const listener = new ServerListenerBuilder().withOnReceiveMetadata((metadata, pass) => {
          const token = open.has(method.path) ? undefined : presented(metadata);
          const allowed = open.has(method.path) || (token !== undefined && accepts(token));
          Promise.resolve(allowed).then(
            (ok) => (ok ? pass(metadata) : refuse(call, token)),
            () => refuse(call, token),
          );
        });
        next(listener.build());
      },
    });
}

function refuse(call: Parameters<ServerInterceptor>[1], token: string | undefined): void {
  const details = token === undefined ? "a token is needed" : "the token is not accepted";
  call.sendStatus({ code: status.UNAUTHENTICATED, details });
}

function presented(metadata: Metadata): string | undefined {
  const [authorization] = metadata.get("authorization");
  if (typeof authorization === "string") return /^Bearer (.+)$/i.exec(authorization)?.[1];
  return metadata.get(handshakeTokenHeader)[0]?.toString();
}

/** Digests are of one length and all are compared, so time tells neither a length nor a position. */
function acceptOneOf(tokens: readonly string[]): (token: string) => boolean {
  const digests = tokens.map(digest);
  return (token) => {
    const given = digest(token);
    return digests.map((known) => timingSafeEqual(known, given)).includes(true);
  };
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
