import type { Fault } from "@pocaduck/storage/testing";

/** Two or three faults at random calls of a run of some `calls`, the same for the same seed. */
export function seededFaults(seed: number, calls: number): Fault[] {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  random(1);
  return Array.from({ length: 2 + random(2) }, () => ({
    at: 1 + random(calls * 1.5),
    kind: (["fail", "throw", "hang", "kill"] as const)[random(4)] as Fault["kind"],
    when: (["before", "during", "after"] as const)[random(3)] as Fault["when"],
  }));
}
