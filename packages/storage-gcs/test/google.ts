import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { generate } from "selfsigned";

/** What Google's library asks for tokens, on this machine: it knows no other address, but a proxy and an authority. */
export interface Google extends AsyncDisposable {
  /** Proxy that leads to it. */
  proxy: string;
  /** Where a virtual machine would find its metadata, as `host:port`. */
  metadata: string;
  /** Requests for tokens, as `place kind`. */
  asked: string[];
  /** The token given out last. */
  token(): string;
  /** Writes a file of credentials and tells its path. */
  file(name: string, content: object): Promise<string>;
  serviceAccount: { type: string; client_email: string; private_key: string };
}

export async function startGoogle(): Promise<Google> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "oauth2.test" }], {
    keyType: "ec",
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 2, value: "oauth2.googleapis.com" }] },
    ],
  });
  setDefaultCACertificates([...getCACertificates(), cert]);
  const asked: string[] = [];
  const give =
    (place: string): RequestListener =>
    (request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        asked.push(`${place} ${new URLSearchParams(body).get("grant_type") ?? request.url}`);
        const answer = { access_token: token(), expires_in: 3600, token_type: "Bearer" };
        response
          .writeHead(200, { "content-type": "application/json", "metadata-flavor": "Google" })
          .end(JSON.stringify(answer));
      });
    };
  const token = (): string => `canary-token-${asked.length}`;
  const oauth = createTlsServer({ cert, key }, give("oauth2"));
  const metadata = createHttpServer(give("metadata"));
  const proxy = createHttpServer();
  const oauthPort = await listen(oauth);
  proxy.on("connect", (request, socket) => {
    if (request.url !== "oauth2.googleapis.com:443") return void socket.destroy();
    const onward = connect(oauthPort, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  const folder = await mkdtemp(join(tmpdir(), "pocaduck-"));
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    proxy: `http://127.0.0.1:${await listen(proxy)}`,
    metadata: `127.0.0.1:${await listen(metadata)}`,
    asked,
    token,
    serviceAccount: {
      type: "service_account",
      client_email: "fly@test.example",
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    },
    async file(name, content) {
      const path = join(folder, name);
      await writeFile(path, JSON.stringify(content));
      return path;
    },
    async [Symbol.asyncDispose]() {
      for (const server of [oauth, metadata, proxy]) {
        server.closeAllConnections();
        server.close();
      }
      await rm(folder, { recursive: true });
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
