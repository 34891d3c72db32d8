import { expect, test } from "vitest";
import { readRanges } from "../../src/index.ts";
import { FarObject } from "./far-object.ts";
import { type Lab, object, other, size } from "./lab.ts";
import type { Fault } from "./proxy.ts";

export function readFaults(lab: Lab): void {
  const breaks: [string, Fault][] = [
    ["is reset", { after: { bytes: 100_000, end: "reset" } }],
    ["ends early", { after: { bytes: 100_000, end: "close" } }],
    ["stalls", { after: { bytes: 100_000, end: "stall" } }],
  ];
  test.for(breaks)("a body that %s is resumed from its last byte", async ([, fault]) => {
    lab.strike(fault, 2);
    expect(await lab.store.get(lab.key)).toEqual(object);
    const ranges = lab.proxy.seen.filter(lab.suspect.isRead).map(({ headers }) => headers.range);
    expect(ranges.slice(1)).toEqual(["bytes=100000-299999", "bytes=200000-299999"]);
    lab.proxy.forget();
    lab.strike(fault);
    const range = { offset: 1000, length: 250_000 };
    expect(await lab.store.getRange(lab.key, range)).toEqual(object.subarray(1000, 251_000));
  });

  test("an object replaced between a break and the rest comes whole, in its new version", async () => {
    let replaced: Promise<unknown> | undefined;
    const direct = lab.suspect.open(lab.options);
    lab.proxy.script = (request, index) => {
      if (!lab.suspect.isRead(request) || index > 0) return undefined;
      replaced = direct.put(lab.key, other);
      return { after: { bytes: 100_000, end: "reset" } };
    };
    // The first answer may be of either version; never of both.
    const body = await lab.store.get(lab.key);
    await replaced;
    expect(body && [object, other].some((whole) => Buffer.compare(whole, body) === 0)).toBe(true);
    lab.proxy.script = () => undefined;
    expect(await lab.store.get(lab.key)).toEqual(other);
  });

  const lies: [string, Fault][] = [
    [
      "another range",
      {
        head: (status, headers) => [
          status,
          { ...headers, "content-range": `bytes 1001-2000/${size}` },
        ],
      },
    ],
    [
      "no range at all",
      { head: (status, { "content-range": _, ...headers }) => [status, headers] },
    ],
    [
      "another size",
      {
        head: (status, headers) => [
          status,
          {
            ...headers,
            "content-range": `bytes 1000-1999/${size - 1}`.replace("1000-1999", "1000-1998"),
          },
        ],
      },
    ],
    [
      "fewer bytes",
      {
        head: (status, headers) => [status, { ...headers, "content-length": "500" }],
        after: { bytes: 500, end: "close" },
      },
    ],
    ["more bytes", { extra: new Uint8Array(7) }],
    [
      "an error page",
      {
        answer: {
          status: 200,
          headers: { "content-type": "text/html" },
          body: "<html>log in</html>",
        },
      },
    ],
    [
      "an error page as a part",
      {
        answer: {
          status: 206,
          headers: { "content-type": "text/html" },
          body: "<html>log in</html>",
        },
      },
    ],
  ];
  test.for(lies)("an answer with %s is no answer", async ([, fault]) => {
    const range = { offset: 1000, length: 1000 };
    lab.strike(fault);
    expect(await lab.store.getRange(lab.key, range)).toEqual(object.subarray(1000, 2000));
    lab.strike(fault, 99);
    await lab.expectCode(lab.store.getRange(lab.key, range), "unavailable");
  });

  test("status 200 for a range is no answer, and two of them are a server without ranges", async () => {
    const range = { offset: 1000, length: 1000 };
    const whole: Fault = { head: (_, { "content-range": _range, ...headers }) => [200, headers] };
    lab.strike(whole);
    expect(await lab.store.getRange(lab.key, range)).toEqual(object.subarray(1000, 2000));
    lab.strike(whole, 99);
    await lab.expectCode(lab.store.getRange(lab.key, range), "unsupported");
    expect(lab.proxy.seen.length).toBe(2);
  });

  test("offsets beyond 4 GiB are asked for, understood and gone on with as they are", async () => {
    const far = new FarObject(5 * 2 ** 30 + 11);
    lab.proxy.script = ({ headers }, index) => ({
      answer: far.answer(headers.range),
      ...(index === 0 ? { after: { bytes: 100_000, end: "reset" } } : {}),
    });
    const across = { offset: 2 ** 32 - 150_000, length: 300_000 };
    expect(await lab.store.getRange("far", across)).toEqual(far.slice(across));
    expect(lab.proxy.seen[1]?.headers.range).toBe("bytes=4294917296-4295117295");
    const ranges = [2 ** 31 - 3, 2 ** 32 - 1, 2 ** 32 + 5, far.size - 7].map((offset) => ({
      offset,
      length: 9,
    }));
    expect(await readRanges(lab.store, "far", ranges)).toEqual(ranges.map((one) => far.slice(one)));
    const last = { offset: far.size - 20, length: 20 };
    expect(await lab.store.getRange("far", { suffixLength: 20 })).toEqual(far.slice(last));
    expect(await lab.store.getRange("far", { offset: far.size, length: 1 })).toEqual(
      new Uint8Array(),
    );
    await lab.expectCode(
      lab.store.getRange("far", { offset: far.size + 1, length: 1 }),
      "invalid-range",
    );
  });

  test("ten thousand ranges share few requests, and are what one by one they would be", async () => {
    const ranges = Array.from({ length: 10_000 }, (_, i) => ({
      offset: (i * 7919) % (size - 40),
      length: 1 + (i % 40),
    }));
    lab.proxy.script = () => ({ delayMs: 5 });
    const patient = lab.suspect.open({ concurrency: 200 });
    const shared = await readRanges(patient, lab.key, ranges, { gap: 100, cap: 1000 });
    expect(lab.proxy.seen.length).toBeLessThan(400);
    expect(lab.proxy.most).toBe(10);
    const wrong = ranges.filter(({ offset, length }, i) =>
      Buffer.compare(shared?.[i] ?? object, object.subarray(offset, offset + length)),
    );
    expect(wrong).toEqual([]);
    const some = ranges.slice(0, 100);
    const alone = await Promise.all(some.map((range) => patient.getRange(lab.key, range)));
    expect(shared?.slice(0, 100)).toEqual(alone);
  });

  test("a slow body comes whole, a silent server is given up", async () => {
    lab.strike({ trickle: { bytes: 20_000, ms: 30 } });
    expect(await lab.store.get(lab.key)).toEqual(object);
    lab.strike({ stall: true });
    expect(await lab.store.get(lab.key)).toEqual(object);
    lab.strike({ stall: true }, 99);
    await lab.expectCode(
      lab.suspect.open({ ...lab.options, stallMs: 50 }).get(lab.key),
      "unavailable",
    );
    await expect.poll(() => lab.proxy.busy(), { timeout: 5000 }).toBe(0);
  });

  test("a range of no bytes asks for none, a bad one asks nothing", async () => {
    expect(await lab.store.getRange(lab.key, { offset: 5, length: 0 })).toEqual(new Uint8Array());
    expect(lab.proxy.seen.filter(lab.suspect.isRead)).toEqual([]);
    lab.proxy.forget();
    await lab.expectCode(lab.store.getRange(lab.key, { offset: -1, length: 1 }), "invalid-range");
    expect(lab.proxy.seen).toEqual([]);
  });

  test("a thousand aborts before and within a body leave no socket, no timer and nothing unhandled", async () => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown): void => void unhandled.push(error);
    process.on("unhandledRejection", listen);
    lab.proxy.script = (_, index) =>
      index % 2 === 0 ? { stall: true } : { trickle: { bytes: 1000, ms: 20 } };
    const reason = new Error("enough");
    const before = timers();
    for (let round = 0; round < 50; round++) {
      const reads = Array.from({ length: 20 }, () => {
        const stop = new AbortController();
        setTimeout(() => stop.abort(reason), 5 + Math.random() * 40);
        return lab.failure(lab.store.get(lab.key, { signal: stop.signal }));
      });
      for (const error of await Promise.all(reads)) expect(error).toBe(reason);
    }
    await expect.poll(() => lab.proxy.busy(), { timeout: 20_000 }).toBe(0);
    await expect.poll(() => lab.proxy.sockets(), { timeout: 5000 }).toBeLessThan(5);
    await expect.poll(timers, { timeout: 5000 }).toBeLessThan(before + 10);
    process.off("unhandledRejection", listen);
    expect(unhandled).toEqual([]);
  });

  test("so many requests as allowed are in flight", async () => {
    const narrow = lab.suspect.open({ concurrency: 7 });
    // What an earlier test gave up may still be on its way here.
    await expect.poll(() => lab.proxy.busy(), { timeout: 5000 }).toBe(0);
    lab.proxy.forget();
    lab.proxy.script = () => ({ delayMs: 5 });
    await Promise.all(
      Array.from({ length: 60 }, () => narrow.getRange(lab.key, { offset: 0, length: 10 })),
    );
    expect(lab.proxy.most).toBe(7);
  });

  test("a hedged read is answered by the faster of two requests", async () => {
    const eager = lab.suspect.open({ ...lab.options, hedgeMs: 30, stallMs: 5000 });
    lab.strike({ stall: true });
    const started = performance.now();
    expect(await eager.getRange(lab.key, { offset: 0, length: 10 })).toEqual(
      object.subarray(0, 10),
    );
    expect(performance.now() - started).toBeLessThan(4000);
    expect(lab.proxy.seen.length).toBe(2);
  });
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
}
