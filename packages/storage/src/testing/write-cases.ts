import { bytes, type ContractCase, collect, failure, keys, reusing, same } from "./check.ts";

const hello = bytes("hello");

export const writeCases: readonly ContractCase[] = [
  {
    name: "put replaces the whole object",
    async run(s) {
      await s.put("a", bytes("longer than hello"));
      await s.get("a");
      await s.put("a", hello);
      same(await s.get("a"), hello);
    },
  },
  {
    name: "put copies: later changes to the caller's bytes do not show",
    async run(s) {
      const body = hello.slice();
      await s.put("a", body);
      await s.putIfAbsent("b", body);
      body.fill(0);
      same(await s.get("a"), hello);
      same(await s.get("b"), hello);
    },
  },
  {
    name: "put keeps an object larger than one page",
    async run(s) {
      const body = Uint8Array.from({ length: 70_001 }, (_, i) => i % 251);
      same((await s.put("a", body)).size, 70_001);
      same(await s.get("a"), body);
      same(await s.getRange("a", { offset: 65_530, length: 12 }), body.slice(65_530, 65_542));
    },
  },
  {
    name: "put takes a stream, whose producer may reuse its buffer",
    async run(s) {
      const chunks = [bytes("he"), new Uint8Array(), bytes("l"), bytes("lo")];
      same((await s.put("a", reusing(chunks))).size, 5);
      same(await s.get("a"), hello);
      await s.put("a", reusing([]));
      same(await s.get("a"), new Uint8Array());
    },
  },
  {
    name: "put takes a stream larger than the parts in which it may go up",
    async run(s) {
      const [part, parts] = [700_001, 14];
      const source = async function* (): AsyncGenerator<Uint8Array> {
        for (let i = 0; i < parts; i++) yield new Uint8Array(part).fill(i);
      };
      same((await s.put("a", source())).size, parts * part);
      same((await s.head("a"))?.size, parts * part);
      for (let i = 1; i < parts; i++) {
        const seam = await s.getRange("a", { offset: i * part - 2, length: 4 });
        same(seam, Uint8Array.of(i - 1, i - 1, i, i));
      }
    },
  },
  {
    name: "a streamed put that fails rejects with the cause, and leaves the object as it was",
    async run(s) {
      const broken = new Error("the source broke");
      const source = async function* (): AsyncGenerator<Uint8Array> {
        yield new Uint8Array(70_000);
        throw broken;
      };
      same(await failure(() => s.put("a", source())), broken);
      same(await s.head("a"), undefined);
      await s.put("a", hello);
      same(await failure(() => s.put("a", source())), broken);
      same(await s.get("a"), hello);
      same(keys(await collect(s.list(""))), "a");
    },
  },
  {
    name: "a streamed put that is aborted tells its source, and leaves nothing",
    async run(s) {
      const stop = new AbortController();
      let closed = false;
      const source = async function* (): AsyncGenerator<Uint8Array> {
        try {
          yield new Uint8Array(70_000);
          stop.abort(new Error("enough"));
          for (let i = 0; i < 50; i++) yield new Uint8Array(70_000);
        } finally {
          closed = true;
        }
      };
      same(await failure(() => s.put("a", source(), { signal: stop.signal })), stop.signal.reason);
      same(closed, true);
      same(keys(await collect(s.list(""))), "");
    },
  },
  {
    name: "an aborted call rejects with the signal's reason and changes nothing",
    async run(s) {
      await s.put("a", hello);
      const options = { signal: AbortSignal.abort(new Error("stop")) };
      for (const run of [
        () => s.get("a", options),
        () => s.getRange("a", { offset: 0, length: 1 }, options),
        () => s.head("a", options),
        () => collect(s.list("", options)),
        () => s.put("a", bytes("other"), options),
        () => s.putIfAbsent("b", hello, options),
        () => s.delete("a", options),
      ]) {
        same(await failure(run), options.signal.reason);
      }
      same(await s.get("a"), hello);
      same(await s.get("b"), undefined);
    },
  },
  {
    name: "delete removes, and is idempotent",
    async run(s) {
      await s.put("a", hello);
      await s.get("a");
      await s.delete("a");
      await s.delete("a");
      same(await s.get("a"), undefined);
      same(await s.head("a"), undefined);
      same(keys(await collect(s.list(""))), "");
    },
  },
  {
    name: "a key is free again once it, or all below it, is deleted",
    async run(s) {
      await s.put("a", hello);
      await s.delete("a");
      await s.put("a/b", hello);
      await s.delete("a/b");
      if (!(await s.putIfAbsent("a", hello))) throw new Error("an empty folder stands in the way");
      await s.delete("a");
      await s.putIfAbsent("a/b", hello);
      same(keys(await collect(s.list(""))), "a/b");
    },
  },
  {
    name: "putIfAbsent creates once and leaves the first bytes",
    async run(s) {
      const meta = await s.putIfAbsent("a", hello);
      if (!meta) throw new Error("lost with no rival");
      same(meta.etag, (await s.head("a"))?.etag);
      same(await s.putIfAbsent("a", bytes("other")), undefined);
      same(await s.putIfAbsent("a", hello), undefined);
      same(await s.get("a"), hello);
    },
  },
  {
    name: "putIfAbsent has exactly one winner of many",
    async run(s) {
      for (let round = 0; round < 8; round++) {
        const bids = Array.from({ length: 16 }, (_, i) => bytes(`bid ${i}`));
        const won = await Promise.all(bids.map((bid) => s.putIfAbsent(`race/${round}`, bid)));
        same(won.filter(Boolean).length, 1);
        same(await s.get(`race/${round}`), bids[won.findIndex(Boolean)]);
      }
    },
  },
  {
    name: "a reader never sees a half-written object",
    async run(s) {
      const size = 1 << 16;
      await s.put("a", new Uint8Array(size).fill(1));
      for (let round = 0; round < 10; round++) {
        const [, ...seen] = await Promise.all([
          s.put("a", new Uint8Array(size).fill(2 + round)),
          ...Array.from({ length: 4 }, () => s.get("a")),
        ]);
        for (const body of seen) {
          if (body?.length !== size || body.some((byte) => byte !== body[0]))
            throw new Error("torn read");
        }
      }
    },
  },
];
