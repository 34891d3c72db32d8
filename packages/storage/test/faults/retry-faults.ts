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

  test.for(["SlowDown", "SlowDownRead", "SlowDownWrite"])(
    "many calls in a storm of %s do not become a storm of their own, and go on after it",
    async (code) => {
      const body = `<Error><Code>${code}</Code><Message>slow down</Message></Error>`;
      let isStorm = true;
      lab.proxy.script = () => (isStorm ? { answer: { status: 503, body } } : undefined);
      const [calls, perSecond] = [40, 10];
      const calm = lab.suspect.open({
        ...lab.options,
        attempts: 99,
        baseMs: 20,
        capMs: 100,
        retriesPerSecond: perSecond,
        deadlineMs: 60_000,
      });
      lab.proxy.forget();
      const started = performance.now();
      const reads = Array.from({ length: calls }, () =>
        calm.getRange(lab.key, { offset: 0, length: 9 }),
      );
      await expect.poll(() => lab.proxy.seen.length, { timeout: 20_000 }).toBeGreaterThan(145);
      const seconds = (performance.now() - started) / 1000;
      // A burst of ten seconds' worth of repeats is free, every further one waits its turn.
      expect(lab.proxy.seen.length).toBeLessThanOrEqual(calls + perSecond * (10 + seconds) + 1);
      const [first, last] = [lab.proxy.seen[calls], lab.proxy.seen[2 * calls - 1]];
      // Their first repeats are spread over the time that they may wait, not made in step.
      expect((last?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(10);
      isStorm = false;
      for (const read of await Promise.all(reads)) expect(read).toEqual(object.subarray(0, 9));
    },
  );

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

  test("what is absent is asked for once", async () => {
    // Where a server does not tell them apart, the first time asks for the bucket too.
    await lab.store.get("absent");
    lab.proxy.forget();
    for (const absent of [
      await lab.store.get("absent"),
      await lab.store.getRange("absent", { offset: 0, length: 1 }),
      await lab.store.head("absent"),
    ]) {
      expect(absent).toBeUndefined();
    }
    expect(lab.proxy.seen.length).toBe(3);
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
