import { EntryWriter } from "./entry-writer.ts";
import { NeuronError } from "./errors.ts";
import { KeyWriter } from "./key-writer.ts";
import type { Coordinates, Neuron, NodeId } from "./model.ts";
import { NeurarrowConnectorWriter } from "./neurarrow-connector-writer.ts";
import { nodeModule } from "./node-module.ts";
import { sidecarName } from "./sidecar.ts";
import { type OpenSink, openSink } from "./sink.ts";
import type { Entry } from "./table-plan.ts";
import { parseUnits } from "./units.ts";
import { sizes } from "./write-navis.ts";
import { CREATED_BY, type WriteOptions, type WriteReport } from "./write-options.ts";

const VERSION = "0.2.1";

/** What the whole file shares, settled by the first neuron. */
interface Shared {
  readonly unit: string;
  readonly k: number | undefined;
  /** Whether ids stand in the fragment column; else fragments are numbered and ids go into `frag:N:id`. */
  readonly plainIds: boolean;
}

/** Dialect C, neurarrow 0.2.1: coordinates in one unit, samples numbered through the file, old node ids beside them. */
export async function writeNeurarrow(
  sink: OpenSink,
  neurons: AsyncIterable<Neuron>,
  list: readonly Neuron[] | undefined,
  options: WriteOptions,
): Promise<WriteReport> {
  const report: WriteReport = {
    neurons: 0,
    rows: 0,
    bytes: 0,
    connectors: 0,
    empty: [],
    warnings: [],
  };
  const context = options.context ?? crypto.randomUUID();
  const fragments: bigint[] = [];
  const keys = new KeyWriter((_, index) => `frag:${fragments[index]}:`);
  const sidecarPath = sink.path === undefined ? undefined : sidecarName(sink.path);
  const target = options.connectorsSink ?? sidecarPath;
  let main: EntryWriter | undefined;
  let shared: Shared | undefined;
  let kind: Neuron["kind"] = "skeleton";
  let sample = 1n;
  let connectorSink: OpenSink | undefined;
  let connectors: NeurarrowConnectorWriter | undefined;
  try {
    for await (const neuron of neurons) {
      shared ??= share(neuron, list);
      kind = neuron.kind;
      const { id } = neuron;
      const scale = scaleOf(neuron, shared);
      const fragment = fragmentOf(id, shared, report.neurons);
      fragments.push(fragment);
      report.neurons++;
      if (neuron.x.length === 0) {
        report.empty.push(id);
        report.warnings.push({ neuron: id, message: "has no rows: only its metadata are written" });
      }
      main ??= new EntryWriter((bytes) => sink.write(bytes), tableOptions(neuron.kind, options));
      const samples = numberNodes(neuron, sample);
      await main.add(entryOf(neuron, fragment, sample, samples, scale));
      sample += BigInt(neuron.x.length);
      keys.add(neuron.kind === "dotprops" ? { ...neuron, k: undefined } : neuron);
      const own = neuron.connectors;
      if (!own || own.connectorId.length === 0) continue;
      if (target === undefined) {
        const message = `left out ${own.connectorId.length} connectors: they have no place to go`;
        report.warnings.push({ neuron: id, message });
        continue;
      }
      if (!connectors) {
        const opened = openSink(target);
        connectorSink = opened;
        connectors = new NeurarrowConnectorWriter(
          (bytes) => opened.write(bytes),
          fileKeys(shared, context, ["net.clbarnes.connectors:version", "0.2"]),
        );
      }
      await connectors.add(own, samples, scale, (message) =>
        report.warnings.push({ neuron: id, message }),
      );
    }
    shared ??= { unit: "", k: undefined, plainIds: true };
    main ??= new EntryWriter((bytes) => sink.write(bytes), tableOptions(kind, options));
    await main.flush();
    const table = main.table();
    const head = fileKeys(
      shared,
      context,
      kind === "skeleton" ? ["net.clbarnes.swc:version", "0.1"] : undefined,
    );
    const extra = Object.entries(options.fileMetadata ?? {});
    await table.end([...head, ...extra, ...keys.dtypes(), ...keys.pairs(false)], CREATED_BY);
    await sink.close();
    if (connectors) report.connectors = await connectors.end();
    await connectorSink?.close();
    if (!connectors && sidecarPath !== undefined)
      nodeModule("node:fs")?.rmSync(sidecarPath, { force: true });
    report.rows = main.rows;
    report.bytes = table.size;
    return report;
  } catch (error) {
    await connectorSink?.abort(error);
    throw error;
  }
}

function share(first: Neuron, list: readonly Neuron[] | undefined): Shared {
  const isPlain = ({ id }: Neuron): boolean => typeof id === "bigint" && id >= 0n;
  return {
    unit: unitOf(first),
    k: first.kind === "dotprops" ? first.k : undefined,
    plainIds: list ? list.every(isPlain) : isPlain(first),
  };
}

function unitOf({ units, id }: Neuron): string {
  if (units === undefined) return "";
  const { unit } = parseUnits(units);
  if (unit === "unknown")
    throw new NeuronError("invalid-metadata", `neurarrow has no unit "${units}"`, { neuron: id });
  return unit === "dimensionless" ? "" : unit;
}

function scaleOf(neuron: Neuron, shared: Shared): readonly [number, number, number] {
  const { id } = neuron;
  const unit = unitOf(neuron);
  if (unit !== shared.unit) {
    throw new NeuronError(
      "mixed-types",
      `is in "${unit}", the file in "${shared.unit}": neurarrow has one unit`,
      { neuron: id },
    );
  }
  if (neuron.kind === "dotprops" && neuron.k !== shared.k) {
    throw new NeuronError(
      "mixed-types",
      `has k ${neuron.k}, the file ${shared.k}: neurarrow has one k`,
      { neuron: id },
    );
  }
  return neuron.units === undefined ? [1, 1, 1] : parseUnits(neuron.units).scale;
}

function fragmentOf(id: Neuron["id"], shared: Shared, index: number): bigint {
  if (!shared.plainIds) return BigInt(index);
  if (typeof id === "bigint" && id >= 0n) return id;
  throw new NeuronError("mixed-types", `id ${id} among ids that neurarrow can hold as they are`, {
    neuron: id,
  });
}

/** The sample of each node id; the first of a duplicate. */
function numberNodes(neuron: Neuron, from: bigint): Map<bigint, bigint> {
  const samples = new Map<bigint, bigint>();
  if (neuron.kind === "dotprops") return samples;
  for (const [row, node] of (
    neuron.nodeId as ArrayLike<NodeId> & { entries(): Iterable<[number, NodeId]> }
  ).entries()) {
    if (!samples.has(BigInt(node))) samples.set(BigInt(node), from + BigInt(row));
  }
  return samples;
}

function entryOf(
  neuron: Neuron,
  fragment: bigint,
  sample: bigint,
  samples: ReadonlyMap<bigint, bigint>,
  scale: readonly [number, number, number],
): Entry {
  const rows = neuron.x.length;
  const position = {
    x: scaled(neuron.x, scale[0]),
    y: scaled(neuron.y, scale[1]),
    z: scaled(neuron.z, scale[2]),
  };
  const sampleId = BigUint64Array.from({ length: rows }, (_, row) => sample + BigInt(row));
  const extras = neuron.attributes ?? {};
  if (neuron.kind === "dotprops") {
    const { vectors, alpha } = neuron;
    const tangents = vectors
      ? {
          tangent_x: scaled(vectors.x, 1),
          tangent_y: scaled(vectors.y, 1),
          tangent_z: scaled(vectors.z, 1),
        }
      : {};
    return {
      id: fragment,
      rows,
      columns: {
        sample_id: sampleId,
        ...position,
        ...tangents,
        colinearity: alpha && scaled(alpha, 1),
        ...extras,
      },
    };
  }
  const { label } = neuron;
  if (Array.isArray(label))
    throw new NeuronError("mixed-types", "neurarrow labels are integers", { neuron: neuron.id });
  const parents = BigInt64Array.from({ length: rows }, (_, row) => {
    const parent = BigInt.asIntN(64, BigInt(neuron.parentId[row] as NodeId));
    if (parent === -1n) return -1n;
    const found = samples.get(BigInt(neuron.parentId[row] as NodeId));
    if (found === undefined)
      throw new NeuronError("invalid-neuron", `parent ${parent} is no node`, {
        neuron: neuron.id,
        row,
      });
    return found;
  });
  return {
    id: fragment,
    rows,
    columns: {
      sample_id: sampleId,
      parent_id: parents,
      ...position,
      radius: neuron.radius && scaled(neuron.radius, scale[0]),
      "net.clbarnes.swc:type_id": label && BigInt64Array.from(label as ArrayLike<NodeId>, BigInt),
      "attr:node_id": originals(neuron),
      ...extras,
    },
  };
}

function originals(neuron: Extract<Neuron, { kind: "skeleton" }>): BigUint64Array {
  return BigUint64Array.from(neuron.nodeId as ArrayLike<NodeId>, (node) => {
    const id = BigInt(node);
    if (id < 0n)
      throw new NeuronError("invalid-neuron", `node ${id}: neurarrow ids are not negative`, {
        neuron: neuron.id,
      });
    return id;
  });
}

function scaled(values: Coordinates, factor: number): Float64Array {
  return Float64Array.from(values, (value) => value * factor);
}

function tableOptions(kind: Neuron["kind"], options: WriteOptions) {
  const ids = kind === "skeleton" ? ["sample_id", "attr:node_id"] : ["sample_id"];
  return {
    ...sizes(options),
    kinds: { sample_id: "uint64", parent_id: "uint64", "attr:node_id": "uint64" } as const,
    required: kind === "skeleton" ? [...ids, "parent_id", "x", "y", "z"] : [...ids, "x", "y", "z"],
    uniform: ["tangent_x", "tangent_y", "tangent_z", "colinearity"],
    zeroed: ["net.clbarnes.swc:type_id"],
    nullRoots: ["parent_id"],
    idColumn: "fragment_id",
    idKind: "uint64" as const,
  };
}

function fileKeys(
  { unit, k }: Shared,
  context: string,
  extension: readonly [string, string] | undefined,
): [string, string][] {
  return [
    ["version", VERSION],
    ["context", context],
    ["unit", unit],
    ...(k === undefined ? [] : [["neighborhood_size", String(k)] as [string, string]]),
    ...(extension ? [[extension[0], extension[1]] as [string, string]] : []),
  ];
}
