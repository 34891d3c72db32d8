import { commitKey, decodeSources, isFormatError, latestKey, versionOfKey } from "@pocaduck/format";
import { openSql } from "@pocaduck/index";
import { createDataset, isIngestError, openDataset, verifyDataset } from "@pocaduck/ingest";
import { openQuery } from "@pocaduck/query";
import { MemoryStore } from "@pocaduck/storage";
import { expect, test } from "vitest";

/** A small dataset with every kind of object: one version, and a commit that waits for the next. */
async function smallDataset(): Promise<MemoryStore> {
  const store = new MemoryStore();
  const dataset = await createDataset(store, {
    axes: [{ name: "x" }, { name: "y" }, { name: "z" }],
    attributes: { supervoxel: "uint64", kind: "string" },
  });
  await using ingestor = dataset.ingestor();
  for (const block of ["a", "b"]) {
    for (const label of [1n, 2n ** 63n]) {
      const rows = [0, 1, 2, 3];
      await ingestor.write(block, label, {
        positions: rows.flatMap((row) => [row * 3, row ^ 1, block.charCodeAt(0)]),
        supervoxel: rows,
        kind: rows.map((row) => `kind ${row % 2}`),
      });
    }
  }
  await ingestor.commit();
  await dataset.publish({ process: "this" });
  await ingestor.write("c", 1n, { positions: [1, 2, 3], supervoxel: [1], kind: ["x"] });
  await ingestor.commit();
  return store;
}

/** Every answer of the last version, as text. */
async function answers(store: MemoryStore): Promise<string> {
  const query = await openQuery(store);
  const seen: unknown[] = [query.version, query.manifest.totals];
  for await (const each of query.labels()) {
    const cloud = await query.points(each.label);
    // The blocks of a cloud are decoded when asked for.
    seen.push(each, cloud, cloud.blocks);
  }
  seen.push(await query.labelsIn("a"), await query.blocks(1n), await query.blockTable());
  return JSON.stringify(seen, (_, value) => (typeof value === "bigint" ? `${value}n` : value));
}

async function keysOf(store: MemoryStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list("")) keys.push(key);
  return keys;
}

async function copyOf(store: MemoryStore): Promise<MemoryStore> {
  const copy = new MemoryStore();
  for (const key of await keysOf(store)) await copy.put(key, await bytesOf(store, key));
  return copy;
}

async function bytesOf(store: MemoryStore, key: string): Promise<Uint8Array> {
  return (await store.get(key)) as Uint8Array;
}

/** The same on every run. */
function* random(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** With one bit of each byte flipped in turn, with all of its bits, and with a few bits here and there. */
function* spoilt(bytes: Uint8Array): Generator<[what: string, bad: Uint8Array]> {
  for (let at = 0; at < bytes.length; at++) {
    for (const mask of [1 << ((at * 5 + 3) % 8), 0xff]) {
      const bad = bytes.slice();
      bad[at] = (bad[at] as number) ^ mask;
      yield [`byte ${at} ^ ${mask}`, bad];
    }
  }
  const dice = random(bytes.length);
  for (let round = 0; round < 300; round++) {
    const bad = bytes.slice();
    for (let bits = 2 + (round % 15); bits > 0; bits--) {
      const at = Math.floor(dice.next().value * bytes.length);
      bad[at] = (bad[at] as number) ^ (1 << Math.floor(dice.next().value * 8));
    }
    yield [`round ${round}`, bad];
  }
}

test("whatever is flipped in whichever object, readers find it out or it is harmless", async () => {
  const store = await smallDataset();
  const truth = await answers(store);
  const found: Record<string, number> = {};
  for (const key of (await keysOf(store)).filter((each) => !each.endsWith(".duckdb"))) {
    const bytes = await bytesOf(store, key);
    for (const [what, bad] of spoilt(bytes)) {
      await store.put(key, bad);
      try {
        expect(await answers(store), `${key}, ${what}`).toBe(truth);
      } catch (error) {
        if (!isFormatError(error, "corrupt", "unsupported-version")) throw error;
        const kind = key.replace(/[0-9a-f-]{36}|\/[0-9a-f]{2}(?=\/)|\d{20}/g, "");
        found[kind] = (found[kind] ?? 0) + 1;
      }
    }
    await store.put(key, bytes);
  }
  // What is not here no lookup reads: pocaduck.json, sources.json; and of latest.json it can do without.
  expect(Object.keys(found).sort()).toEqual([
    "commits/.json",
    "extents/.parquet",
    "index//blocks.parquet",
    "index//counts.parquet",
    "index//labels-0.parquet",
    "index//tables.json",
    "points/.parquet",
    "versions/.json",
  ]);
  for (const times of Object.values(found)) expect(times).toBeGreaterThan(300);
}, 120_000);

test("so it is with objects cut short, emptied or gone", async () => {
  const store = await smallDataset();
  const truth = await answers(store);
  for (const key of await keysOf(store)) {
    const bytes = await bytesOf(store, key);
    for (const size of [0, 1, bytes.length >> 1, bytes.length - 1, undefined]) {
      if (size === undefined) await store.delete(key);
      else await store.put(key, bytes.slice(0, size));
      try {
        expect(await answers(store), `${key}, ${size} bytes`).toBe(truth);
      } catch (error) {
        if (!isFormatError(error, "corrupt")) throw error;
        expect(error.key).toBe(key);
      }
    }
    await store.put(key, bytes);
  }
});

test("a lost or damaged latest.json changes no answer", async () => {
  const store = await smallDataset();
  const truth = await answers(store);
  const bytes = await bytesOf(store, latestKey);
  for (const [what, bad] of spoilt(bytes)) {
    await store.put(latestKey, bad);
    expect(await answers(store), what).toBe(truth);
  }
});

test("SQL, the next publish and verify find out what is flipped in index.duckdb", async () => {
  const store = await smallDataset();
  const { index } = (await openQuery(store)).manifest;
  const { key } = index.duckdb;
  const bytes = await bytesOf(store, key);
  const count = async (): Promise<unknown> => {
    await using sql = await openSql(store, index.duckdb);
    return (await sql.run("SELECT sum(points) FROM labels")).rows;
  };
  expect(String(await count())).toBe("16");
  const dataset = await openDataset(store);
  const dice = random(1);
  const places = Array.from({ length: 40 }, () => Math.floor(dice.next().value * bytes.length));
  for (const at of [0, 8, bytes.length - 1, ...places]) {
    const bad = bytes.slice();
    bad[at] = (bad[at] as number) ^ (1 << (at % 8));
    await store.put(key, bad);
    await expect(count(), `byte ${at}`).rejects.toThrow(`"${key}": has SHA-256`);
    const publish = dataset.publish({ process: "this" });
    await expect(publish, `byte ${at}`).rejects.toThrow(`"${key}": has SHA-256`);
    expect((await verifyDataset(store)).damage.map((each) => each.key)).toEqual([key]);
  }
  for (const size of [0, bytes.length - 1, undefined]) {
    if (size === undefined) await store.delete(key);
    else await store.put(key, bytes.slice(0, size));
    await expect(count(), `${size} bytes`).rejects.toThrow(`"${key}": `);
    await expect(dataset.publish({ process: "this" })).rejects.toThrow(`"${key}": `);
  }
  await store.put(key, bytes);
  expect((await dataset.publish({ process: "this" })).version).toBe(2);
}, 60_000);

test("whatever is damaged or lost, the next version is right or is not, and the old one stays", async () => {
  const store = await smallDataset();
  const old = await answers(store);
  const publish = async (damaged: MemoryStore): Promise<boolean> => {
    const dataset = await openDataset(damaged);
    return (await dataset.publish({ process: "this", threads: 1 })).changed;
  };
  const undisturbed = await copyOf(store);
  await publish(undisturbed);
  const next = await answers(undisturbed);
  expect(next).not.toBe(old);
  const names = await namesOf(store);
  const outcomes: Record<string, string[]> = {};
  for (const key of await keysOf(store)) {
    const name = names(key);
    const bytes = await bytesOf(store, key);
    const flip = (place: number): Uint8Array =>
      bytes.map((byte, at) => (at === place ? byte ^ 4 : byte));
    for (const body of [flip(9), flip(bytes.length >> 1), bytes.slice(0, -7), undefined]) {
      const damaged = await copyOf(store);
      if (body) await damaged.put(key, body);
      else await damaged.delete(key);
      const ended = await publish(damaged).catch((error: unknown) => {
        if (isFormatError(error, "corrupt") || isIngestError(error, "not-found")) return "refused";
        throw error;
      });
      if (key !== latestKey) await damaged.put(key, bytes);
      expect(await answers(damaged), `${name}, ${body?.length} bytes`).toBe(
        ended === true ? next : old,
      );
      outcomes[name] ??= [];
      outcomes[name].push(ended === true ? "published" : ended || "nothing new");
    }
  }
  const all = (what: string): string[] => [what, what, what, what];
  expect(outcomes).toEqual({
    "pocaduck.json": all("refused"),
    "latest.json": all("published"),
    "version 1": all("refused"),
    "sources.json": all("refused"),
    "tables.json": all("refused"),
    // Its row groups are read, each with its CRC; its footer, where the second flipped byte lies, is not.
    "blocks.parquet": ["refused", "published", "published", "refused"],
    "index.duckdb": all("refused"),
    // The next index is not made from these; those who read them find out.
    "counts.parquet": all("published"),
    "labels-0.parquet": all("published"),
    "old commit": all("published"),
    "old extents": all("published"),
    "old points": all("published"),
    "new commit": ["refused", "refused", "refused", "nothing new"],
    "new extents": all("refused"),
    "new points": all("published"),
  });
}, 60_000);

/** What each object is, in words; `old` is what version 1 took in. */
async function namesOf(store: MemoryStore): Promise<(key: string) => string> {
  const { index } = (await openQuery(store)).manifest;
  const { commits } = decodeSources(index.sources.key, await bytesOf(store, index.sources.key));
  const absorbed = new Set(
    commits.flatMap(({ id, objects }) => [commitKey(id), ...objects.map(({ key }) => key)]),
  );
  return (key) => {
    if (key.startsWith("index/")) return key.split("/").at(-1) as string;
    if (key.startsWith("versions/")) return `version ${versionOfKey(key)}`;
    const [folder = ""] = key.split("/");
    if (!["commits", "points", "extents"].includes(folder)) return key;
    return `${absorbed.has(key) ? "old" : "new"} ${folder === "commits" ? "commit" : folder}`;
  };
}
