import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { binary } from "./binary.mjs";
import { freePort, serve } from "./serve.mjs";

// Newer versions are not published as modules. LZ4 needs C.
const pin = {
  name: "dvid-loopback",
  source: fileURLToPath(new URL("dvid", import.meta.url)),
  version: "v1.0.0",
  tags: "badger",
};

export function prepareDvid() {
  return binary(pin);
}

/** A DVID of our own, in a temporary folder: `{ url, stop }`. */
export async function startDvid() {
  const program = await prepareDvid();
  const rpcPort = await freePort();
  return serve({
    name: "dvid",
    health: "/api/heartbeat",
    command: (port, folder) => {
      const file = join(folder, "config.toml");
      writeFileSync(file, configuration(port, rpcPort, folder));
      return [program, [file]];
    },
  });
}

function configuration(port, rpcPort, folder) {
  return `[server]
httpAddress = "127.0.0.1:${port}"
rpcAddress = "127.0.0.1:${rpcPort}"
shutdownDelay = 0
[backend.default]
store = "db"
log = "mutlog"
[store.db]
engine = "badger"
path = "${folder}/db"
[store.mutlog]
engine = "filelog"
path = "${folder}/mutlog"
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await prepareDvid());
