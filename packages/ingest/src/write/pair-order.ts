import { hash } from "./label-groups.ts";
import type { PairBuffer } from "./pair-buffer.ts";

/** The pairs of `buffer` by (label, block); pairs of one label and block in the order they came. */
export function orderPairs({ labels, blocks, pairs }: PairBuffer): Int32Array {
  const byBlock = inOrder(blocks.values, pairs)
    ? undefined
    : countingOrder(blocks.values, pairs, undefined);
  return countingOrder(labelRanks(labels.values, pairs), pairs, byBlock);
}

/** Of each pair the rank of its label among those present. */
function labelRanks(words: Uint32Array, pairs: number): Int32Array {
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(pairs * 2 + 2))).fill(-1);
  const mask = slots.length - 1;
  const distinct = new BigUint64Array(pairs);
  const distinctWords = new Uint32Array(distinct.buffer);
  let found = 0;
  const find = (of: Uint32Array, low: number, high: number): number => {
    let slot = hash(low, high) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const label = slots[slot] as number;
      if (label < 0 || (of[2 * label] === low && of[2 * label + 1] === high)) return slot;
    }
  };
  const ids = new Int32Array(pairs);
  for (let pair = 0; pair < pairs; pair++) {
    const low = words[2 * pair] as number;
    const high = words[2 * pair + 1] as number;
    const slot = find(distinctWords, low, high);
    if ((slots[slot] as number) < 0) {
      distinctWords[2 * found] = low;
      distinctWords[2 * found + 1] = high;
      slots[slot] = found++;
    }
    ids[pair] = slots[slot] as number;
  }
  const sorted = new Uint32Array(distinct.slice(0, found).sort().buffer);
  const ranks = new Int32Array(found);
  for (let rank = 0; rank < found; rank++) {
    const slot = find(distinctWords, sorted[2 * rank] as number, sorted[2 * rank + 1] as number);
    ranks[slots[slot] as number] = rank;
  }
  for (let pair = 0; pair < pairs; pair++) ids[pair] = ranks[ids[pair] as number] as number;
  return ids;
}

/** Stable: `before`, or the natural order, decides among equal keys. Keys are small integers from 0. */
function countingOrder(
  keys: Int32Array,
  length: number,
  before: Int32Array | undefined,
): Int32Array {
  let greatest = -1;
  for (let i = 0; i < length; i++) greatest = Math.max(greatest, keys[i] as number);
  const starts = new Int32Array(greatest + 2);
  for (let i = 0; i < length; i++) {
    const next = (keys[i] as number) + 1;
    starts[next] = (starts[next] as number) + 1;
  }
  for (let key = 1; key < starts.length; key++) {
    starts[key] = (starts[key] as number) + (starts[key - 1] as number);
  }
  const order = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const item = before ? (before[i] as number) : i;
    const key = keys[item] as number;
    const place = starts[key] as number;
    starts[key] = place + 1;
    order[place] = item;
  }
  return order;
}

function inOrder(keys: Int32Array, length: number): boolean {
  for (let i = 1; i < length; i++) {
    if ((keys[i] as number) < (keys[i - 1] as number)) return false;
  }
  return true;
}
