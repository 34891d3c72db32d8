import { inspect } from "node:util";
import { expect, test } from "vitest";
import { connectVast, type VastError } from "../src/index.ts";
import type { FakeRequest, Fault } from "../src/testing/index.ts";
import { faked, quick, rows, schema } from "./target.ts";

const slowDown = "<Error><Code>SlowDown</Code><Message>busy</Message></Error>";
const resets = ["before", "in-body", "after", "in-answer"] as const;

/** The nth request of one kind goes wrong. */
const once =
  (method: string, command: string, fault: Fault, nth = 1) =>
  (request: FakeRequest): Fault | undefined =>
    request.method === method && request.command === command && request.count === nth
      ? fault
      : undefined;

/** A table that is there, and a server that fails from then on. */
async function ready(fail: (request: FakeRequest) => Fault | undefined) {
  let armed = false;
  const seen = new Map<string, number>();
  const to = await faked({
    onRequest: (request) => {
      if (!armed) return undefined;
      const key = `${request.method} ${request.command}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
      return fail({ ...request, count: seen.get(key) ?? 0 });
    },
  });
  await to.client.ensureTable(to.ref, schema);
  armed = true;
  const fill = () => to.client.transact((transaction) => transaction.insert(to.ref, rows([1, 2])));
  const count = () => to.fake.rows(to.ref)?.numRows;
  return { ...to, fill, count };
}

test("an insert is sent again only when the server was too busy to take it", async () => {
  const busy = { kind: "reply", status: 503, body: slowDown } as const;
  await using to = await ready(once("POST", "rows", busy));
  await to.fill();
  expect(to.count()).toBe(2);
});

test.each([429, 500, 502, 503, 504, 507])(
  "an insert that met %i is not sent again, and its transaction is rolled back",
  async (status) => {
    for (const act of [true, false]) {
      await using to = await ready(once("POST", "rows", { kind: "reply", status, act }));
      const code = status === 507 ? "full" : "unavailable";
      await expect(to.fill()).rejects.toMatchObject({ code, status });
      expect([to.count(), to.fake.openTransactions]).toEqual([0, 0]);
      expect(to.fake.requests.filter(({ command }) => command === "rows")).toHaveLength(1);
    }
  },
);

test.each(resets)("an insert whose connection breaks (%s) is not sent again", async (when) => {
  await using to = await ready(once("POST", "rows", { kind: "reset", when }));
  await expect(to.fill()).rejects.toMatchObject({ code: "unavailable", mayHaveActed: true });
  expect([to.count(), to.fake.openTransactions]).toEqual([0, 0]);
  await to.fill();
  expect(to.count()).toBe(2);
});

test.each(resets)("reads and begin go through a connection that breaks (%s)", async (when) => {
  const fault = { kind: "reset", when } as const;
  await using to = await ready(
    (request) =>
      once("POST", "transaction", fault)(request) ??
      once("GET", "table", fault)(request) ??
      once("GET", "column", fault)(request) ??
      once("GET", "schema", fault)(request),
  );
  await to.client.ensureTable(to.ref, schema);
  expect((await to.client.table(to.ref))?.numRows).toBe(0n);
});

test.each(["after", "in-answer"] as const)(
  "a commit that was carried out and whose answer was lost (%s) is told as unknown, or confirmed",
  async (when) => {
    const fault = { kind: "reset", when } as const;
    await using to = await ready((request) => once("PUT", "transaction", fault)(request));
    const { client, ref } = to;
    const label = "export 7, batch 3";
    const insert = (confirm?: () => Promise<boolean | undefined>) =>
      client.transact((transaction) => transaction.insert(ref, rows([1])), {
        label,
        ...(confirm && { confirm }),
      });
    await expect(insert()).rejects.toMatchObject({
      code: "unknown-outcome",
      message: expect.stringMatching(/export 7, batch 3, transaction \d+: .*lost/),
    });
    expect(to.count()).toBe(1);
  },
);

test("who can tell whether rows are there settles a commit whose answer was lost", async () => {
  for (const act of ["after", "before"] as const) {
    let commits = 0;
    await using to = await ready(({ method, command }) => {
      if (method !== "PUT" || command !== "transaction") return undefined;
      // Then the transaction is gone: the repetition is refused, which proves nothing.
      return commits++ === 0 ? { kind: "reset", when: act } : { kind: "reply", status: 404 };
    });
    const { client, ref } = to;
    const committed = async () => (await client.table(ref))?.numRows === 1n;
    const work = client.transact((transaction) => transaction.insert(ref, rows([1])), {
      confirm: committed,
    });
    if (act === "after") await work;
    else await expect(work).rejects.toMatchObject({ code: "must-roll-back" });
    expect(to.count()).toBe(act === "after" ? 1 : 0);
  }
});

test("a commit that never reached the server is sent again, and a refused one is told", async () => {
  await using lost = await ready(once("PUT", "transaction", { kind: "reset", when: "before" }));
  await lost.fill();
  expect(lost.count()).toBe(2);
  await using refused = await ready(once("PUT", "transaction", { kind: "reply", status: 409 }));
  await expect(refused.fill()).rejects.toMatchObject({ code: "conflict" });
  expect([refused.count(), refused.fake.openTransactions]).toEqual([0, 0]);
});

test("a rollback that fails too is attached to what was thrown, and nothing hides that", async () => {
  await using to = await ready(({ method, command }) => {
    if (method === "DELETE") return { kind: "reply", status: 500 };
    return command === "rows" ? { kind: "reply", status: 400 } : undefined;
  });
  const error = await to.fill().catch((error: VastError) => error);
  expect(error).toMatchObject({ code: "rejected", cause: { code: "unavailable", status: 500 } });
});

test("a create whose answer is lost, or that met a rival, is settled by looking", async () => {
  for (const when of ["after", "before"] as const) {
    for (const command of ["schema", "table"]) {
      await using to = await faked({ onRequest: once("POST", command, { kind: "reset", when }) });
      const made = to.client.ensureTable(to.ref, schema);
      if (when === "after") await made;
      else await expect(made).rejects.toMatchObject({ code: "unavailable" });
      expect(to.fake.rows(to.ref)?.numRows).toBe(when === "after" ? 0 : undefined);
      expect(to.fake.openTransactions).toBe(0);
    }
  }
});

test("a server that stalls is given up in bounded time", async () => {
  await using to = await faked({ onRequest: () => ({ kind: "stall" }) });
  const { endpoint, credentials } = to.fake;
  using idle = connectVast({ endpoint, ...credentials, ...quick, idleMs: 30 });
  await expect(idle.probe()).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("silent for 30 ms"),
  });
  using slow = connectVast({ endpoint, ...credentials, ...quick, timeoutMs: 30 });
  await expect(slow.table(to.ref)).rejects.toThrow(/no answer within 30 ms/);
  const signal = AbortSignal.timeout(30);
  await expect(to.client.probe({ signal })).rejects.toThrow(/aborted due to timeout/);
});

test("a server that is not there is told after bounded tries", async () => {
  const options = { endpoint: "http://127.0.0.1:1", accessKey: "AK", secretKey: "SK", ...quick };
  using client = connectVast(options);
  await expect(client.begin()).rejects.toMatchObject({ code: "unavailable", mayHaveActed: false });
});

test("of several endpoints another one is tried", async () => {
  await using to = await faked();
  const { endpoint, credentials } = to.fake;
  using client = connectVast({
    endpoint: ["http://127.0.0.1:1", endpoint],
    ...credentials,
    ...quick,
  });
  expect(await client.probe()).toBe("5.4.0.12");
  await client.ensureTable(to.ref, schema);
  await client.transact((transaction) => transaction.insert(to.ref, rows([1])));
  expect(to.fake.rows(to.ref)?.numRows).toBe(1);
});

test("every status has a code, with the server's words if it gave any", async () => {
  const codes = {
    400: "rejected",
    401: "forbidden",
    403: "forbidden",
    404: "not-found",
    405: "unsupported",
    409: "conflict",
    413: "too-large",
    418: "rejected",
    500: "unavailable",
    501: "unsupported",
    507: "full",
    599: "unavailable",
  };
  for (const [status, code] of Object.entries(codes)) {
    for (const body of [slowDown.replace("SlowDown", "Odd"), "<html>no", ""]) {
      const fault = { kind: "reply", status: Number(status), body } as const;
      await using to = await faked({ onRequest: () => fault });
      const error = await to.client.begin().catch((error: VastError) => error);
      expect(error).toMatchObject({ code, status: Number(status) });
      if (body.startsWith("<E")) expect(String(error)).toContain(`${status} Odd busy`);
    }
  }
});

test("something else that answers there is not taken for a VAST", async () => {
  for (const server of ["nginx", "vast 5.4", "MinIO", "vast 5.4.0.1 beta"]) {
    await using to = await faked({ server });
    await expect(to.client.probe()).rejects.toMatchObject({ code: "unsupported" });
  }
});

test("garbage in place of a listing or a transaction id is told as such", async () => {
  for (const body of ["", "garbage that is longer than four bytes", "\u0001\u0000\u0000\u0000"]) {
    await using to = await faked({ onRequest: () => ({ kind: "reply", status: 200, body }) });
    await expect(to.client.begin()).rejects.toMatchObject({ code: "corrupt" });
    await expect(to.client.table(to.ref)).rejects.toMatchObject({ code: "corrupt" });
  }
});

test("neither the secret nor a signature is in any error", async () => {
  const secretKey = "s3cr3t-key";
  const faults: Fault[] = [
    { kind: "reply", status: 403, body: slowDown },
    { kind: "reset", when: "after" },
    { kind: "reset", when: "in-answer" },
    { kind: "stall" },
  ];
  for (const fault of faults) {
    await using to = await faked({ secretKey, onRequest: () => fault }, { idleMs: 30 });
    const error = await to.client.begin().catch((error: unknown) => error);
    const dump = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
    expect(dump).toContain("VastError");
    expect(dump).not.toMatch(/s3cr3t-key|Signature=|AWS4-HMAC/);
    expect(inspect(to.client, { depth: 20 })).not.toContain("s3cr3t-key");
  }
});
