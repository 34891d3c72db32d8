import fc from "fast-check";
import { expect, test } from "vitest";
import { LabelSet } from "../src/label-set.ts";

test("a set of labels has what was put in", () => {
  const label = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: 0n, max: 3n }).map((n) => n << 32n),
    fc.bigInt({ min: 0n, max: 40n }),
  );
  fc.assert(
    fc.property(fc.array(label), fc.array(label), (labels, others) => {
      const set = new LabelSet("labels", labels);
      for (const one of [...labels, ...others]) {
        const has = set.has(Number(one & 0xffff_ffffn), Number(one >> 32n));
        expect(has).toBe(labels.includes(one));
      }
    }),
  );
});
