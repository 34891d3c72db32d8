import { describe, expect, test } from "vitest";
import { isStoreError, MemoryStore, putOnce, type Store, StoreError } from "../src/index.ts";
import { type Fault, faultStore } from "../src/testing/index.ts";

const ours = new TextEncoder().encode("ours");
const theirs = new TextEncoder().encode("theirs");

function outcome(store: Store): Promise<string> {
  return putOnce(store, "a", ours);
}

test("an uncontested create is won with one call, a late one lost with one", async () => {
  const inner = new MemoryStore();
  const store = faultStore(inner, []);
  expect(await outcome(store)).toBe("won");
  expect(await putOnce(store, "a", theirs)).toBe("lost");
  expect(store.calls).toBe(2);
});

describe("whatever call fails, the outcome is what the store holds", () => {
  const whens = ["before", "after"] as const;
  const faults = whens.flatMap((when) =>
    [1, 2, 3].flatMap((at) => [1, 2, 3].map((count) => ({ when, at, count }))),
  );
  test.for(faults)("$count failures $when call $at", async ({ when, at, count }) => {
    for (const rival of [false, true]) {
      const inner = new MemoryStore();
      if (rival) await inner.put("a", theirs);
      const list = Array.from(
        { length: count },
        (_, i): Fault => ({ at: at + i, when, kind: "fail" }),
      );
      expect(await outcome(faultStore(inner, list))).toBe(rival ? "lost" : "won");
      expect(await inner.get("a")).toEqual(rival ? theirs : ours);
    }
  });
});

test("a create whose answer is lost and that cannot be read back is of unknown outcome", async () => {
  const faults = Array.from(
    { length: 99 },
    (_, i): Fault => ({ at: i + 1, when: "after", kind: "fail" }),
  );
  const put = outcome(faultStore(new MemoryStore(), faults));
  await expect(put).rejects.toSatisfy((error) => isStoreError(error, "unknown-outcome"));
});

test("other failures pass through at once", async () => {
  const store = new MemoryStore();
  store.putIfAbsent = async (key) => {
    throw new StoreError("forbidden", key, "no");
  };
  await expect(outcome(store)).rejects.toSatisfy((error) => isStoreError(error, "forbidden"));
});
