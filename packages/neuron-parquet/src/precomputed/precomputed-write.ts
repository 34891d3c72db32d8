import {
  aBoolean,
  aNumber,
  aPath,
  checkArgument,
  checkOptions,
  neuronRule,
  neuronsRule,
} from "../check-options.ts";
import { NeuronError, placed, placedOutput } from "../errors.ts";
import { assertFinite } from "../finite.ts";
import { leftOut } from "../left-out.ts";
import type { Neuron, Skeleton, Warning } from "../model.ts";
import { nodeModule } from "../node-module.ts";
import { originOf } from "../origin.ts";
import { otherSoma } from "../swc/swc-soma.ts";
import { parseUnits } from "../units.ts";
import { encodeShard, placeOf, type Sharding, shardName } from "./shard.ts";
import { ATTRIBUTES, encodeSkeleton, labelByte } from "./skeleton-bytes.ts";

export interface WritePrecomputedOptions {
  /** Whether to put many skeletons into each file. Default false: a file each. */
  sharded?: boolean;
  /** Nanometers of one step, for neurons whose units do not say it. */
  nanometers?: number;
}

/** Skeletons a shard holds, about. */
const PER_SHARD = 4096;

/**
 * Writes skeletons as neuroglancer shows them into a folder, which appears whole or not at all: `info`, the skeletons in nanometers
 * with radius and type, names as segment properties.
 */
export async function writePrecomputed(
  path: string,
  neurons: Iterable<Neuron> | AsyncIterable<Neuron>,
  options: WritePrecomputedOptions = {},
): Promise<{ neurons: number; warnings: Warning[] }> {
  checkArgument("path", path, aPath);
  checkArgument("neurons", neurons, neuronsRule);
  checkOptions(options, { sharded: aBoolean, nanometers: aNumber(0, true) });
  const fs = nodeModule("node:fs");
  const { join } = nodeModule("node:path") ?? {};
  if (!fs || !join) throw new NeuronError("unreadable", "folders need Node", { file: path });
  if (fs.existsSync(path) && fs.readdirSync(path).length > 0) {
    throw new NeuronError("invalid-input", "exists and is not empty", { file: path });
  }
  const plain = path.replace(/[/\\]+$/, "");
  const staged = `${plain}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  fs.mkdirSync(join(staged, "segment_properties"), { recursive: true });
  const ids: string[] = [];
  const names: string[] = [];
  const warnings: Warning[] = [];
  const seen = new Set<bigint>();
  try {
    for await (const neuron of neurons) {
      checkArgument("neurons", neuron, neuronRule);
      const { id, name } = neuron;
      const place = { neuron: id, file: originOf(neuron) };
      if (neuron.kind !== "skeleton")
        throw new NeuronError("invalid-neuron", "the format holds skeletons only", place);
      if (typeof id !== "bigint" || id < 0n)
        throw new NeuronError("invalid-id", "the format has unsigned integer ids", place);
      if (seen.has(id)) throw new NeuronError("duplicate-id", "comes twice", place);
      seen.add(id);
      let bytes: Uint8Array;
      try {
        assertFinite(neuron);
        bytes = encodeSkeleton(neuron, scaleOf(neuron, options.nanometers));
      } catch (error) {
        throw placed(error, place);
      }
      fs.writeFileSync(join(staged, String(id)), bytes, { flag: "wx" });
      warnings.push(
        ...leftOut(neuron, "the format", ["connectors", "columns", "properties"]),
        ...otherTypes(neuron),
        ...otherSoma(neuron, "the format"),
      );
      ids.push(String(id));
      names.push(name ?? String(id));
    }
    const sharding = options.sharded ? shardingFor(ids.length) : undefined;
    if (sharding) gather(fs, (name) => join(staged, name), ids, sharding);
    const info = {
      "@type": "neuroglancer_skeletons",
      // A float, since some readers take whole numbers for integers and round by them.
      transform: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0],
      vertex_attributes: ATTRIBUTES,
      segment_properties: "segment_properties",
      ...(sharding ? { sharding } : {}),
    };
    fs.writeFileSync(join(staged, "info"), JSON.stringify(info));
    const properties = {
      "@type": "neuroglancer_segment_properties",
      inline: { ids, properties: [{ id: "label", type: "label", values: names }] },
    };
    fs.writeFileSync(join(staged, "segment_properties/info"), JSON.stringify(properties));
    if (fs.existsSync(plain)) fs.rmdirSync(plain);
    fs.renameSync(staged, plain);
    return { neurons: ids.length, warnings };
  } catch (error) {
    fs.rmSync(staged, { recursive: true, force: true });
    throw placedOutput(error, path);
  }
}

/** Types stand in a byte each. */
function otherTypes({ id, label }: Skeleton): Warning[] {
  const others = [...(label ?? [])].filter((value) => labelByte(value) === undefined);
  if (others.length === 0) return [];
  const which = [...new Set(others)].slice(0, 20).join(", ");
  return [{ neuron: id, message: `${others.length} labels are written as 0: ${which}` }];
}

function scaleOf(
  { id, units }: Neuron,
  nanometers: number | undefined,
): readonly [number, number, number] {
  const scale = units === undefined ? undefined : parseUnits(units).nanometers;
  if (scale) return scale;
  if (nanometers !== undefined) return [nanometers, nanometers, nanometers];
  throw new NeuronError(
    "invalid-metadata",
    `units ${JSON.stringify(units)} do not say how many nanometers a step is: name them`,
    { neuron: id },
  );
}

function shardingFor(count: number): Sharding {
  const shards = Math.max(1, Math.ceil(count / PER_SHARD));
  return {
    "@type": "neuroglancer_uint64_sharded_v1",
    preshift_bits: 0,
    hash: "murmurhash3_x86_128",
    minishard_bits: 6,
    shard_bits: Math.ceil(Math.log2(shards)),
    minishard_index_encoding: "raw",
    data_encoding: "raw",
  };
}

/** Packs the files of single skeletons into shards, one shard in memory at a time. */
function gather(
  fs: typeof import("node:fs"),
  path: (name: string) => string,
  ids: readonly string[],
  sharding: Sharding,
): void {
  const shards = new Map<string, bigint[]>();
  for (const text of ids) {
    const id = BigInt(text);
    const name = shardName(sharding, placeOf(sharding, id).shard);
    const members = shards.get(name);
    if (members) members.push(id);
    else shards.set(name, [id]);
  }
  for (const [name, members] of shards) {
    const loaded = members.map((id) => ({
      id,
      bytes: new Uint8Array(fs.readFileSync(path(String(id)))),
    }));
    fs.writeFileSync(path(name), encodeShard(sharding, loaded));
    for (const id of members) fs.rmSync(path(String(id)));
  }
}
