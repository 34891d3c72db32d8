import { Metadata } from "@grpc/grpc-js";
import { handshakeTokenHeader } from "./auth.ts";
import type { ConnectOptions } from "./connect.ts";
import { isLoopback } from "./rpc.ts";

/** What a handshake sends: payloads that the two ends agree on, or a name and a password. */
export type Login = {
  payloads?: readonly Uint8Array[];
  username?: string;
  password?: string;
};

/** The credentials of one client, sent with every call and shown to nobody. */
export class Session {
  readonly #mayTell: boolean;
  readonly #host: string;
  #bearer: string | undefined;
  #handshakeToken: Uint8Array | undefined;

  constructor({ token, allowPlaintext }: ConnectOptions, secure: boolean, host: string) {
    this.#mayTell = secure || allowPlaintext === true || isLoopback(host);
    this.#host = host;
    this.#bearer = token;
    if (token !== undefined) this.#assertPrivate();
  }

  metadata(headers: Readonly<Record<string, string>> = {}): Metadata {
    const metadata = new Metadata();
    if (this.#bearer !== undefined) metadata.set("authorization", `Bearer ${this.#bearer}`);
    if (this.#handshakeToken) {
      metadata.set(handshakeTokenHeader, Buffer.from(this.#handshakeToken));
    }
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    return metadata;
  }

  loginHeaders({ username, password = "", payloads = [] }: Login): Record<string, string> {
    if (username !== undefined || payloads.length > 0) this.#assertPrivate();
    if (username === undefined) return {};
    const pair = Buffer.from(`${username}:${password}`).toString("base64");
    return { authorization: `Basic ${pair}` };
  }

  learnFrom(metadata: Metadata): void {
    const [authorization] = metadata.get("authorization");
    const token = /^Bearer (.+)$/i.exec(authorization?.toString() ?? "")?.[1];
    if (token !== undefined) this.#bearer = token;
  }

  /** The last answer is the token, as in pyarrow's usual handlers. */
  learn(answers: readonly Uint8Array[]): void {
    const last = answers.at(-1);
    if (last && last.byteLength > 0) this.#handshakeToken = last;
  }

  #assertPrivate(): void {
    if (this.#mayTell) return;
    throw new TypeError(
      `Expected TLS or \`allowPlaintext\` to send credentials to ${this.#host}, got neither`,
    );
  }
}
