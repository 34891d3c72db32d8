import { fileURLToPath } from "node:url";
import { binary } from "./binary.mjs";
import { serve } from "./serve.mjs";

const pin = {
  name: "fake-gcs-server",
  go: "github.com/fsouza/fake-gcs-server",
  version: "v1.56.1",
};

export function prepareFakeGcs() {
  return binary(pin);
}

/** A fake-gcs-server of our own, in memory: `{ url, stop }`. */
export async function startFakeGcs() {
  const program = await prepareFakeGcs();
  return serve({
    name: "fake-gcs-server",
    health: "/_internal/healthcheck",
    command: (port) => [
      program,
      [
        ...["-backend", "memory", "-scheme", "http", "-host", "127.0.0.1", "-port", String(port)],
        ...["-external-url", `http://127.0.0.1:${port}`, "-public-host", `127.0.0.1:${port}`],
        ...["-log-level", "warn"],
      ],
    ],
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await prepareFakeGcs());
