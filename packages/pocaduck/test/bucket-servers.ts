import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { openQuery } from "@pocaduck/query";
import type { Store } from "@pocaduck/storage";
import { expect } from "vitest";
import { startFakeGcs } from "../../../scripts/servers/fake-gcs.mjs";
import { startMinio } from "../../../scripts/servers/minio.mjs";
import { available } from "../../../test/available.ts";
import { shared } from "../../../test/shared.ts";
import { open, readSettings } from "../src/index.ts";
import { compare, type LabelTruth, readTruth } from "./truth.ts";

/** A real MinIO and a real fake-gcs-server with a bucket `fly` each; none where they cannot be had. */
export interface BucketServers {
  s3: string;
  gs: string;
  /** The keys of S3 in a profile, and the environment that names it and holds none of them. */
  profile(folder: string, at?: { s3?: string; gs?: string }): NodeJS.ProcessEnv;
  secrets: readonly string[];
  /** The environment in which both schemes reach them, or what stands before them. */
  env(at?: { s3?: string; gs?: string }): NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

export async function startBuckets(): Promise<BucketServers | undefined> {
  const [minio, gcs] = [await available(startMinio), await available(startFakeGcs)];
  const stop = async (): Promise<void> => {
    await minio?.stop();
    await gcs?.stop();
  };
  if (!minio || !gcs) {
    await stop();
    return undefined;
  }
  const { url: endpoint, ...credentials } = minio;
  const region = "us-east-1";
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: "fly" }));
  client.destroy();
  const headers = { "content-type": "application/json" };
  const request = { method: "POST", headers, body: '{"name":"fly"}' };
  const made = await fetch(`${gcs.url}/storage/v1/b?project=test`, request);
  if (!made.ok) throw new Error(await made.text());
  const { accessKeyId, secretAccessKey } = minio;
  const places = ({ s3 = minio.url, gs = gcs.url } = {}): NodeJS.ProcessEnv => ({
    ...process.env,
    // Those of another dataset that this process opened.
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    POCADUCK_S3_ENDPOINT: s3,
    POCADUCK_S3_REGION: region,
    POCADUCK_GS_ENDPOINT: gs,
    POCADUCK_GS_ANONYMOUS: "true",
  });
  return {
    s3: minio.url,
    gs: gcs.url,
    env: (at) => ({
      ...places(at),
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    }),
    profile(folder, at) {
      const file = join(folder, "credentials");
      const lines = [
        `aws_access_key_id=${accessKeyId}`,
        `aws_secret_access_key=${secretAccessKey}`,
      ];
      writeFileSync(file, `[work]\n${lines.join("\n")}\n`);
      const found = { AWS_SHARED_CREDENTIALS_FILE: file, AWS_EC2_METADATA_DISABLED: "true" };
      return { ...places(at), ...found, POCADUCK_S3_PROFILE: "work" };
    },
    secrets: [accessKeyId, secretAccessKey],
    stop,
  };
}

export async function storeAt(url: string, env: NodeJS.ProcessEnv): Promise<Store> {
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) process.env[name] = env[name];
  return open(url, { settings: readSettings(env) });
}

/** Every label of `small-uint64`, by count, box and digest of its voxels. */
export async function expectTruth(store: Store): Promise<void> {
  const query = await openQuery(store);
  const truth = readTruth<{ volume: { nonzero_voxels: number; each_label: LabelTruth[] } }>(
    shared ?? "",
    "small-uint64/truth.json",
  );
  expect(query.manifest.totals.points).toBe(truth.volume.nonzero_voxels);
  for (const label of truth.volume.each_label) {
    expect(await compare(query, label)).toBeUndefined();
  }
}
