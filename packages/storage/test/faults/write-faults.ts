import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { isStoreError, mapConcurrent, prefixed } from "../../src/index.ts";
import { storeContract } from "../../src/testing/index.ts";
import { type Lab, object, other, type Suspect, size } from "./lab.ts";

export function writeFaults(lab: Lab<Suspect>): void {
  test("a create whose answer is lost is won, and known to be", async () => {
    for (const lose of [true, { status: 500 }, { status: 503 }] as const) {
      lab.strike({ lose }, 1, lab.suspect.isPut);
      const name = `${lab.key}-${randomUUID()}`;
      const meta = await lab.store.putIfAbsent(name, object.subarray(0, 1000));
      expect(meta).toEqual(await lab.store.head(name));
      expect(meta).toBeDefined();
    }
  });

  test("a create that meets a rival's object is lost, whatever answers were", async () => {
    lab.strike({ lose: true }, 2, lab.suspect.isPut);
    expect(await lab.store.putIfAbsent(lab.key, object)).toBeUndefined();
    expect(await lab.store.get(lab.key)).toEqual(object);
  });

  test("of rivals whose answers are lost exactly one wins", async () => {
    let count = 0;
    lab.proxy.script = (request) =>
      lab.suspect.isPut(request) && count++ % 2 === 0 ? { lose: true } : undefined;
    const name = `${lab.key}-race`;
    const bids = Array.from({ length: 8 }, () => lab.store.putIfAbsent(name, new Uint8Array(5)));
    expect((await Promise.all(bids)).filter(Boolean).length).toBe(1);
  });

  test("a create that is never answered is of unknown outcome, unless it can be read back", async () => {
    lab.strike({ lose: true }, 99, lab.suspect.isPut);
    const name = `${lab.key}-open`;
    expect(await lab.store.putIfAbsent(name, new Uint8Array(5))).toBeDefined();
    lab.proxy.script = () => ({ lose: true });
    await lab.expectCode(
      lab.store.putIfAbsent(`${lab.key}-open2`, new Uint8Array(5)),
      "unknown-outcome",
    );
    lab.proxy.script = () => ({ refuse: true });
    const refused = await lab.failure(lab.store.putIfAbsent(`${lab.key}-open3`, new Uint8Array(5)));
    expect(isStoreError(refused, "unavailable", "unknown-outcome")).toBe(true);
  });

  test("a create of what exists is answered by one request", async () => {
    lab.proxy.forget();
    expect(await lab.store.putIfAbsent(lab.key, other)).toBeUndefined();
    expect(lab.proxy.seen.length).toBe(1);
    expect(await lab.store.get(lab.key)).toEqual(object);
  });

  test("a body that changes on its way is sent again, and never stored", async () => {
    for (const write of ["put", "putIfAbsent"] as const) {
      const key = `${lab.key}-${write}`;
      lab.strike({ spoil: 150_000 }, 2, lab.suspect.isPut);
      expect((await lab.store[write](key, object))?.size).toBe(size);
      expect(lab.proxy.seen.filter(lab.suspect.isPut).length).toBe(3);
      expect(await lab.store.get(key)).toEqual(object);
      lab.strike({ spoil: 150_000 }, 99, lab.suspect.isPut);
      await lab.expectCode(lab.store[write](`${key}-never`, object), "unavailable");
      lab.proxy.script = () => undefined;
      expect(await lab.store.head(`${key}-never`)).toBeUndefined();
    }
  });

  test("an object that changes on its way back is asked for again, as a whole", async () => {
    const store = lab.suspect.openChecked(lab.options);
    await store.put(lab.key, object);
    lab.strike({ spoilAnswer: 150_000 }, 2);
    expect(await store.get(lab.key)).toEqual(object);
    expect(lab.proxy.seen.map(({ headers }) => headers.range)).toEqual(Array(3).fill(undefined));
    lab.strike({ spoilAnswer: 50_000, after: { bytes: 100_000, end: "reset" } });
    expect(await store.get(lab.key)).toEqual(object);
    lab.strike({ spoilAnswer: 150_000 }, 99);
    await lab.expectCode(store.get(lab.key), "unavailable");
  });

  test("a conflict on a create is tried again", async () => {
    const answer = { status: 409, body: lab.suspect.conflict };
    lab.strike({ answer }, 2, lab.suspect.isPut);
    expect(await lab.store.putIfAbsent(`${lab.key}-409`, new Uint8Array(5))).toBeDefined();
  });

  test("a server without conditional writes is refused, never written to", async () => {
    lab.strike({ answer: { status: 501 } }, 99, lab.suspect.isPut);
    await lab.expectCode(lab.store.putIfAbsent(`${lab.key}-501`, new Uint8Array(5)), "unsupported");
    lab.proxy.script = () => undefined;
    expect(await lab.store.head(`${lab.key}-501`)).toBeUndefined();
  });

  test("a server that ignores conditions fails the contract", async () => {
    lab.proxy.script = (request) => (lab.suspect.isPut(request) ? lab.suspect.ignoring : undefined);
    const creates = storeContract.find(({ name }) => name.startsWith("putIfAbsent creates once"));
    await expect(creates?.run(prefixed(lab.store, `faults/${randomUUID()}`))).rejects.toThrow();
  });

  test("a put and a delete whose answers are lost are done again", async () => {
    lab.strike({ lose: true }, 2, lab.suspect.isPut);
    await lab.store.put(lab.key, other);
    expect(await lab.store.get(lab.key)).toEqual(other);
    lab.strike({ lose: true }, 2, ({ method }) => method === "DELETE");
    await lab.store.delete(lab.key);
    expect(await lab.store.head(lab.key)).toBeUndefined();
  });

  test("a page where a listing belongs is an error, not an empty bucket", async () => {
    lab.proxy.script = () => ({
      answer: {
        status: 200,
        headers: { "content-type": "text/html" },
        body: "<html><body>log in</body></html>",
      },
    });
    const list = async (): Promise<void> => {
      for await (const _ of lab.store.list("faults/"));
    };
    await lab.expectCode(list(), "unavailable");
    await lab.expectCode(lab.store.head(lab.key), "unavailable");
    await lab.expectCode(lab.store.put(lab.key, other), "unknown-outcome");
  });

  test("among very many other keys a listing asks for its own, and stops where its reader does", async () => {
    const folder = `crowd-${randomUUID()}`;
    const patient = lab.suspect.open({});
    const others = Array.from({ length: 1100 }, (_, i) => `${folder}/${i % 2 ? "a" : "z"}/${i}`);
    await mapConcurrent(others, 16, (key) => patient.put(key, new Uint8Array()));
    for (const i of [1, 2, 3]) await patient.put(`${folder}/m/${i}`, new Uint8Array(i));
    const list = async (prefix: string, most: number): Promise<number> => {
      lab.proxy.forget();
      let seen = 0;
      for await (const _ of patient.list(`${folder}/${prefix}`)) if (++seen === most) break;
      return seen;
    };
    expect(await list("m/", 9)).toBe(3);
    expect(lab.proxy.seen.length).toBe(1);
    expect(await list("", 900)).toBe(900);
    expect(lab.proxy.seen.length).toBe(1);
    expect(await list("", 9999)).toBe(1103);
    expect(lab.proxy.seen.length).toBe(2);
  });
}
