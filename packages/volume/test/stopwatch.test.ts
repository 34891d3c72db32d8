import { expect, test, vi } from "vitest";
import { Stopwatch } from "../src/stopwatch.ts";

test("work that overlaps counts once, and failures count", async () => {
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  const watch = new Stopwatch();
  const ends: (() => void)[] = [];
  const work = () => watch.time(() => new Promise<void>((resolve) => ends.push(resolve)));
  const first = work();
  now = 10;
  const second = work();
  now = 15;
  ends[0]?.();
  await first;
  now = 40;
  ends[1]?.();
  await second;
  expect(watch.ms).toBe(40);
  const failing = watch.time(() => {
    now = 45;
    throw new Error("torn");
  });
  await expect(failing).rejects.toThrow("torn");
  expect(watch.ms).toBe(45);
  clock.mockRestore();
});
