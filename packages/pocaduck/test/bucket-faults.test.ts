import { createHash } from "node:crypto";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openQuery, type Query } from "@pocaduck/query";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, describe, expect, test } from "vitest";
import { shared } from "../../../test/shared.ts";
import { type Fault, type FaultProxy, startFaultProxy } from "../../storage/test/faults/proxy.ts";
import { expectTruth, startBuckets, storeAt } from "./bucket-servers.ts";
import { recorded, startRecorded } from "./recorded.ts";
import { type Ended, killGroup } from "./run-command.ts";

const volume = join(shared ?? "", "segmentation/small-uint64/v3-zstd.zarr");
const servers = await startBuckets();
afterAll(() => servers?.stop());

/** What befalls requests, one after the other; a stall costs its whole second. */
const faults: readonly Fault[] = [
  { refuse: true },
  { answer: { status: 503, headers: { "retry-after": "0" } } },
  { lose: true },
  { answer: { status: 429 } },
  { after: { bytes: 10, end: "reset" } },
  { lose: { status: 500 } },
  { after: { bytes: 100, end: "close" } },
  { head: (status, { "content-range": _, ...headers }) => [status, headers] },
  { stall: true },
  { head: (status, headers) => [status, lie(headers)] },
  { trickle: { bytes: 1000, ms: 1 } },
];

function lie<H extends { "content-range"?: string | undefined }>(headers: H): H {
  const { "content-range": range } = headers;
  return range === undefined ? headers : { ...headers, "content-range": `${range}1` };
}

/** Strikes one request of about `every`, by a seed. */
function strike(proxy: FaultProxy, every: number, seed: number): () => number {
  let state = seed;
  let struck = 0;
  proxy.script = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % every === 0 ? faults[struck++ % faults.length] : undefined;
  };
  return () => struck;
}

/** Of each label the blocks, and a digest of its points in one order. */
async function everything(query: Query): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  for await (const { label } of query.labels()) {
    const { positions, blocks, length } = await query.points(label);
    const places = Float64Array.from({ length }, (_, point) => {
      const [x, y, z] = positions.subarray(3 * point, 3 * point + 3);
      return Number(x) + 1e5 * (Number(y) + 1e5 * Number(z));
    }).sort();
    const digest = createHash("sha256").update(places).digest("hex");
    all[String(label)] = { length, digest, blocks: blocks.map(({ block }) => block).toSorted() };
  }
  return all;
}

describe.skipIf(!servers || !shared)(
  "the whole pipeline through a proxy of faults (needs Go for MinIO and fake-gcs-server, and ../shared)",
  () => {
    test.each(["s3", "gs"] as const)(
      "%s: kills, faults and a second version end in what a disk holds",
      { timeout: 240_000 },
      async (scheme) => {
        await using proxy = await startFaultProxy(String(servers?.[scheme]), scheme === "s3");
        await using local = await mkdtempDisposable(join(tmpdir(), "pocaduck-equal-"));
        await using folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-given-"));
        const env = {
          ...servers?.profile(folder.path, { [scheme]: proxy.url }),
          POCADUCK_REQUESTS_STALL_MS: "1000",
        };
        const start = (...words: string[]) => startRecorded(folder.path, words, env);
        const done = async (running: Promise<Ended>): Promise<void> => {
          const ended = await running;
          expect(ended).toMatchObject({ code: 0, stderr: "" });
          const told = JSON.stringify([ended, recorded(folder.path)]);
          expect(servers?.secrets.filter((secret) => told.includes(secret))).toEqual([]);
        };
        const dataset = `${scheme}://fly/faults`;
        const options = ["--points", "all", "--workers", "3", "--block", "32"];
        const ingest = ["ingest", volume, dataset, ...options, "--commit-blocks", "4"];
        const struck = strike(proxy, 9, 7);

        const { child, ended } = start(...ingest);
        const timer = setTimeout(() => killGroup(child), 1500);
        await ended;
        clearTimeout(timer);
        await done(start(...ingest).ended);
        await done(start("publish", dataset).ended);
        await done(start(...ingest, "--rescan").ended);
        await done(start("gc", dataset, "--grace", "0").ended);
        await done(start("gc", dataset, "--grace", "0").ended);
        await done(start("verify", dataset).ended);
        expect(struck()).toBeGreaterThan(faults.length);

        expect(recorded(folder.path).length).toBeGreaterThan(9);
        const store = await storeAt(dataset, servers?.env({ [scheme]: proxy.url }) ?? {});
        await expectTruth(store);
        await done(start("ingest", volume, local.path, ...options).ended);
        const [ours, theirs] = [
          await openQuery(store),
          await openQuery(new LocalStore(local.path)),
        ];
        expect(ours.version).toBe(2);
        expect(await everything(ours)).toEqual(await everything(theirs));
        const first = await openQuery(store, { version: 1 });
        expect(await everything(first)).toEqual(await everything(theirs));
      },
    );
  },
);
