import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { storeContract } from "@pocaduck/storage/testing";
import { startFakeGcs } from "../scripts/servers/fake-gcs.mjs";
import { startMinio } from "../scripts/servers/minio.mjs";
import { type Divergence, ofFakeGcs, ofMinio } from "./contract-divergences.ts";
import {
  inMemory,
  madeUpScheme,
  OverHttp,
  onDisk,
  onFakeGcs,
  onMinio,
  overHttp,
  type Place,
} from "./contract-places.ts";
import { markdown } from "./report.ts";

/**
 * `npm run bench contract`: every case of the contract in every place, and where the servers of the tests differ from
 * what they stand for, each asked of them anew. The result is kept.
 */
type Outcome = "holds" | "FAILS" | "–";
const failures: string[] = [];

async function outcome(place: Place, { name, run }: (typeof storeContract)[number]) {
  const { store, taken } = await place.empty();
  try {
    await run(store, taken);
  } catch (error) {
    if (store instanceof OverHttp && store.listed) return "–";
    const { message } = error as Error;
    failures.push(`${place.name}: ${name}: ${message}`);
    return "FAILS";
  }
  return store instanceof OverHttp && store.listed ? "–" : "holds";
}

async function column(place: Place): Promise<[name: string, outcomes: Outcome[]]> {
  await using here = place;
  const outcomes: Outcome[] = [];
  for (const each of storeContract) outcomes.push(await outcome(here, each));
  process.stderr.write(`${here.name}: ${outcomes.filter((each) => each === "holds").length}\n`);
  return [here.name, outcomes];
}

async function columns(minio: Server, gcs: Server): Promise<[string, Outcome[]][]> {
  const { url: endpoint, accessKeyId = "", secretAccessKey = "" } = minio;
  const credentials = { accessKeyId, secretAccessKey };
  const places = [
    inMemory(),
    onDisk(),
    onMinio({ bucket, endpoint, credentials }),
    onFakeGcs(gcs.url, bucket),
    await overHttp(),
    madeUpScheme(),
  ];
  const found: [string, Outcome[]][] = [];
  for (const place of places) found.push(await column(place));
  return found;
}

interface Server {
  url: string;
  accessKeyId?: string;
  secretAccessKey?: string;
}

function report(found: [string, Outcome[]][], divergences: Divergence[]): string {
  const rows = storeContract.map(({ name }, at) => [
    name,
    ...found.map(([, all]) => all[at] ?? ""),
  ]);
  const holding = found.map(([, all]) => String(all.filter((each) => each === "holds").length));
  const differences = divergences.map(({ server, what, seen }) => [server, what, seen]);
  return [
    "# The contract of a store: last result of `npm run bench contract`",
    "",
    "Each case in each place; – where the case lists, which plain HTTP cannot. The made-up scheme is a module registered",
    `in \`pocaduck.config.json\`. Node ${process.versions.node}; MinIO and fake-gcs-server as \`scripts/servers\` pins them.`,
    "",
    markdown(["case", ...found.map(([name]) => name)], [...rows, ["**holding**", ...holding]]),
    "",
    ...failures.map((failure) => `- ${failure}`),
    "## Where the servers differ from what they stand for",
    "",
    "Asked of them in this run. What a server gets wrong a test cannot prove with it.",
    "",
    markdown(["server", "what the original does", "what this server did"], differences),
    "",
  ].join("\n");
}

const bucket = "contract";
const minio = await startMinio();
const gcs = await startFakeGcs();
try {
  const { url: endpoint, ...credentials } = minio;
  const s3 = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ name: bucket });
  await fetch(`${gcs.url}/storage/v1/b?project=test`, { method: "POST", headers, body });
  const found = await columns(minio, gcs);
  const divergences = [
    ...(await ofMinio(s3, minio.url, bucket)),
    ...(await ofFakeGcs(gcs.url, bucket)),
  ];
  s3.destroy();
  const text = report(found, divergences);
  writeFileSync(join(import.meta.dirname, "contract.md"), text);
  process.stdout.write(text);
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  await minio.stop();
  await gcs.stop();
}
