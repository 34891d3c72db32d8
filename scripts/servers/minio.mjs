import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { binary } from "./binary.mjs";
import { serve } from "./serve.mjs";

// The last commit: no release has both of its fixes to conditional writes.
const pin = {
  name: "minio",
  go: "github.com/minio/minio",
  version: "v0.0.0-20260212201848-7aac2a2c5b7c",
};

export function prepareMinio() {
  return binary(pin);
}

/** A MinIO of our own, in a region if one is given: `{ url, accessKeyId, secretAccessKey, stop }`. */
export async function startMinio({ region } = {}) {
  const program = await prepareMinio();
  const accessKeyId = `key${randomBytes(8).toString("hex")}`;
  const secretAccessKey = `secret${randomBytes(16).toString("hex")}`;
  const env = {
    MINIO_ROOT_USER: accessKeyId,
    MINIO_ROOT_PASSWORD: secretAccessKey,
    MINIO_BROWSER: "off",
    MINIO_UPDATE: "off",
    MINIO_CI_CD: "1",
    ...(region === undefined ? {} : { MINIO_SITE_REGION: region }),
  };
  const server = await serve({
    name: "minio",
    health: "/minio/health/live",
    command: (port, folder) => [
      program,
      ["server", "--quiet", "--anonymous", "--address", `127.0.0.1:${port}`, `${folder}/data`],
      env,
    ],
  });
  return { ...server, accessKeyId, secretAccessKey };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await prepareMinio());
