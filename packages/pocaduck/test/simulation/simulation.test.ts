import { beforeAll, expect, test } from "vitest";
import { mutants } from "./mutants.ts";
import { seededFaults } from "./seeded-faults.ts";
import { simulate, type Undisturbed, undisturbed, ways } from "./simulate.ts";

let expected: Undisturbed;
beforeAll(async () => {
  expected = await undisturbed();
});

test("a run that nothing disturbs ends with the truth", async () => {
  expect(await simulate([], expected)).toBeUndefined();
});

test.for(Object.entries(mutants))("the simulation sees it when %s", async ([, through]) => {
  const seen = await simulate([], expected, { through });
  expect(seen).toMatch(
    /has other points|the end differs|version 1 differs|readers fail: .* is gone/,
  );
});

// Conditional creates go wrong in all eight ways here, other calls in one by turns;
// `npm run bench simulation` takes all ways for all calls, and many more seeds.
test("a fault at any one store call of a whole run loses nothing and doubles nothing", async () => {
  const { methods } = expected;
  for (const [index, method] of methods.entries()) {
    const turns = method === "putIfAbsent" ? ways : ways.slice(index % 8, (index % 8) + 1);
    for (const way of turns) {
      const wrong = await simulate([{ at: index + 1, ...way }], expected);
      const place = `${way.kind} ${way.when} call ${index + 1} of ${methods.length}, ${method}`;
      expect(wrong, place).toBeUndefined();
    }
  }
}, 240_000);

test("nor do several faults at random calls", async () => {
  for (let seed = 1; seed <= 25; seed++) {
    const faults = seededFaults(seed, expected.methods.length);
    expect(await simulate(faults, expected), JSON.stringify(faults)).toBeUndefined();
  }
}, 120_000);

test("nor do rivals who publish at once, undisturbed and with faults at random calls", async () => {
  expect(await simulate([], expected, { publishers: 3 })).toBeUndefined();
  for (let seed = 1; seed <= 20; seed++) {
    // Three who publish make more calls.
    const faults = seededFaults(seed, expected.methods.length * 2);
    const wrong = await simulate(faults, expected, { publishers: 2 + (seed % 2) });
    expect(wrong, JSON.stringify(faults)).toBeUndefined();
  }
}, 120_000);
