import { expect, test } from "vitest";
import { type RemoteOptions, RemoteReader, RequestError, Secrets } from "../src/remote/index.ts";

const open = (options: RemoteOptions): RemoteReader =>
  new RemoteReader(
    {
      place: "nowhere",
      secrets: new Secrets(),
      read: async () => Promise.reject(new RequestError("no", { status: 503 })),
      head: async () => undefined,
      page: async () => ({ objects: [], next: undefined }),
    },
    options,
  );

test.for<[keyof RemoteOptions, number]>([
  ["concurrency", 0.5],
  ["concurrency", 0],
  ["attempts", 2.5],
  ["attempts", 0],
  ["deadlineMs", 3_000_000_000],
  ["stallMs", 2 ** 31],
  ["hedgeMs", Number.NaN],
  ["baseMs", -1],
  ["capMs", Number.POSITIVE_INFINITY],
  ["retriesPerSecond", 0],
])("a setting that would hang or hurry is refused: %s = %d", ([name, value]) => {
  expect(() => open({ [name]: value })).toThrow(`\`${name}\``);
});

test("the longest times are waited, not cut to a millisecond", async () => {
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on("warning", listen);
  const most = 2 ** 31 - 1;
  const store = open({ deadlineMs: most, stallMs: most, attempts: 2, baseMs: 1, capMs: 1 });
  await expect(store.getRange("a", { offset: 0, length: 2 ** 40 })).rejects.toThrow(/2 attempts/);
  await new Promise(setImmediate);
  process.off("warning", listen);
  expect(warnings).toEqual([]);
});
