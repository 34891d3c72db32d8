import { expect, test } from "vitest";
import { type Lab, object, other, size } from "./lab.ts";

export function retryFaults(lab: Lab): void {
  test("a storm of 503 is met by so many attempts as allowed, and survived when it ends", async () => {
    lab.strike({ answer: { status: 503 } }, 99);
    await lab.expectCode(lab.store.get(lab.key), "unavailable");
    expect(lab.proxy.seen.length).toBe(6);
    lab.strike({ answer: { status: 503 } }, 5);
    expect(await lab.store.get(lab.key)).toEqual(object);
  });

  test("many calls in a storm do not become a storm of their own", async () => {
    lab.strike({ answer: { status: 503 } }, 300);
    const calm = lab.suspect.open({
      ...lab.options,
      attempts: 50,
      retriesPerSecond: 100,
      deadlineMs: 60_000,
    });
    const reads = Array.from({ length: 40 }, () =>
      calm.getRange(lab.key, { offset: 0, length: 9 }),
    );
    for (const body of await Promise.all(reads)) expect(body).toEqual(object.subarray(0, 9));
    expect(lab.proxy.most).toBeLessThanOrEqual(40);
  });

  test.for([408, 429, 500, 502, 504])("%i is tried again", async (status) => {
    lab.strike({ answer: { status } }, 2);
    expect(await lab.store.get(lab.key)).toEqual(object);
    expect(lab.proxy.seen.length).toBe(3);
  });

  test.for([
    [400, "unavailable"],
    [403, "forbidden"],
    [405, "unavailable"],
    [415, "unavailable"],
  ] as const)("%i is final, and %s", async ([status, code]) => {
    lab.strike({ answer: { status } }, 99);
    await lab.expectCode(lab.store.get(lab.key), code);
    expect(lab.proxy.seen.length).toBe(1);
  });

  test("Retry-After is waited for", async () => {
    lab.strike({ answer: { status: 429, headers: { "retry-after": "1" } } });
    const started = performance.now();
    expect(await lab.store.get(lab.key)).toEqual(object);
    expect(performance.now() - started).toBeGreaterThan(950);
  });

  test("a refused connection is tried again, and the deadline ends it all", async () => {
    lab.strike({ refuse: true }, 3);
    expect(await lab.store.get(lab.key)).toEqual(object);
    lab.strike({ answer: { status: 503, headers: { "retry-after": "30" } } }, 99);
    const started = performance.now();
    await lab.expectCode(
      lab.suspect.open({ ...lab.options, deadlineMs: 300 }).get(lab.key),
      "unavailable",
    );
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("one call's failures leave the retries of another alone", async () => {
    lab.proxy.script = (_, index) => (index % 3 !== 2 ? { answer: { status: 503 } } : undefined);
    const [body, meta] = await Promise.all([
      lab.store.get(lab.key),
      lab.store.head(lab.key),
      lab.store.put(`${lab.key}-b`, other),
    ]);
    expect(body).toEqual(object);
    expect(meta?.size).toBe(size);
  });
}
