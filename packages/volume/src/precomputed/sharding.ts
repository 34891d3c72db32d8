import type { Metadata } from "../metadata.ts";
import type { Triple } from "../volume.ts";
import { murmurHash } from "./murmur-hash.ts";

/** How neuroglancer spreads chunks over shards, and within a shard over minishards. */
export interface Sharding {
  preshiftBits: number;
  minishardBits: number;
  shardBits: number;
  hashed: boolean;
  packedIndex: boolean;
  packedData: boolean;
}

export function parseSharding(metadata: Metadata, value: unknown): Sharding | undefined {
  if (value === undefined || value === null) return undefined;
  const sharding = metadata.document("sharding", value);
  if (sharding["@type"] !== "neuroglancer_uint64_sharded_v1") {
    throw metadata.unsupported(`has sharding of type ${JSON.stringify(sharding["@type"])}`);
  }
  const bits = (name: string, most: number): number => {
    const [count = 0] = metadata.sizes(name, [sharding[name]], 1, 0);
    if (count <= most) return count;
    throw metadata.invalid(name, count);
  };
  const either = (name: string, yes: string, no: string): boolean => {
    const given = sharding[name] ?? no;
    if (given === yes || given === no) return given === yes;
    throw metadata.unsupported(`has ${name} ${JSON.stringify(given)}`);
  };
  return {
    preshiftBits: bits("preshift_bits", 64),
    minishardBits: bits("minishard_bits", 32),
    shardBits: bits("shard_bits", 64),
    hashed: either("hash", "murmurhash3_x86_128", "identity"),
    packedIndex: either("minishard_index_encoding", "gzip", "raw"),
    packedData: either("data_encoding", "gzip", "raw"),
  };
}

export interface ShardPlace {
  /** The shard's file name, less its folder. */
  file: string;
  minishard: number;
}

export function placeOf(id: bigint, sharding: Sharding): ShardPlace {
  const { preshiftBits, minishardBits, shardBits, hashed } = sharding;
  const shifted = id >> BigInt(preshiftBits);
  const hash = hashed ? murmurHash(shifted) : shifted;
  const minishard = Number(BigInt.asUintN(minishardBits, hash));
  const shard = BigInt.asUintN(shardBits, hash >> BigInt(minishardBits));
  const name = shard.toString(16).padStart(Math.ceil(shardBits / 4), "0");
  return { file: `${name}.shard`, minishard };
}

/**
 * The number of a chunk: the bits of its place in the grid interleaved, x lowest. An axis that needs fewer bits
 * than another leaves none behind.
 */
export function chunkNumber(index: Triple, counts: Triple): bigint {
  let number = 0n;
  let bit = 0n;
  for (let level = 0; level < 32; level++) {
    for (const axis of [0, 1, 2] as const) {
      if (2 ** level >= counts[axis]) continue;
      if (Math.floor(index[axis] / 2 ** level) % 2 === 1) number |= 1n << bit;
      bit++;
    }
  }
  return number;
}
