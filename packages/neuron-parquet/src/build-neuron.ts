import { alike, attribute, coordinates, floats, label, nodeIds, type Piece } from "./assemble.ts";
import { NeuronError, placed } from "./errors.ts";
import type { Layout } from "./layout.ts";
import type { Attribute, Neuron, NeuronMetadata, NodeId, NodeIds } from "./model.ts";
import type { Column } from "./parquet/footer.ts";
import { allocate } from "./parquet/values-decode.ts";

/** Makes the model's neuron of decoded columns; `pieces` may be empty, for a neuron without rows. */
export function buildNeuron(
  given: Layout,
  metadata: NeuronMetadata,
  columns: readonly Column[],
  pieces: readonly Piece[],
): Neuron {
  const layout = withoutUnread(given, columns);
  const get = (column: Column): Piece =>
    pieces[columns.indexOf(column)] ?? { values: allocate(column, 0) };
  try {
    return layout.kind === "skeleton"
      ? skeleton(layout, metadata, columns, get)
      : dotprops(layout, metadata, columns, get);
  } catch (error) {
    throw placed(error, { neuron: metadata.id });
  }
}

function withoutUnread(layout: Layout, columns: readonly Column[]): Layout {
  const kept = (column: Column | undefined): Column | undefined =>
    column && columns.includes(column) ? column : undefined;
  const { vectors } = layout;
  return {
    ...layout,
    radius: kept(layout.radius),
    label: kept(layout.label),
    alpha: kept(layout.alpha),
    vectors: vectors && columns.includes(vectors[0]) ? vectors : undefined,
  };
}

type Get = (column: Column) => Piece;

function skeleton(
  layout: Layout,
  metadata: NeuronMetadata,
  columns: readonly Column[],
  get: Get,
): Neuron {
  const { nodeId, parentId, originalNodeId, radius } = layout;
  if (!nodeId || !parentId)
    throw new NeuronError("wrong-columns", "a skeleton needs node and parent ids");
  let nodes = nodeIds(nodeId, get(nodeId), false);
  let parents = nodeIds(parentId, get(parentId), true);
  if (originalNodeId) {
    const originals = nodeIds(originalNodeId, get(originalNodeId), false);
    parents = remap(parents, nodes, originals);
    nodes = originals;
  }
  [nodes, parents] = alike(nodes, parents);
  return {
    kind: "skeleton",
    ...metadata,
    nodeId: nodes,
    parentId: parents,
    ...position(layout, get),
    ...(radius ? { radius: floats(radius, get(radius)) } : {}),
    ...(layout.label ? { label: label(layout.label, get(layout.label)) } : {}),
    ...attributes(layout, columns, get),
  };
}

function dotprops(
  layout: Layout,
  metadata: NeuronMetadata,
  columns: readonly Column[],
  get: Get,
): Neuron {
  const { vectors, alpha } = layout;
  return {
    kind: "dotprops",
    ...metadata,
    ...position(layout, get),
    ...(vectors
      ? {
          vectors: {
            x: floats(vectors[0], get(vectors[0])),
            y: floats(vectors[1], get(vectors[1])),
            z: floats(vectors[2], get(vectors[2])),
          },
        }
      : {}),
    ...(alpha ? { alpha: floats(alpha, get(alpha)) } : {}),
    ...attributes(layout, columns, get),
  };
}

function position({ x, y, z }: Layout, get: Get) {
  return { x: coordinates(x, get(x)), y: coordinates(y, get(y)), z: coordinates(z, get(z)) };
}

function attributes(
  layout: Layout,
  columns: readonly Column[],
  get: Get,
): { attributes?: Record<string, Attribute> } {
  const extras = layout.extras.filter((column) => columns.includes(column));
  if (extras.length === 0) return {};
  return {
    attributes: Object.fromEntries(
      extras.map((column) => [column.name, attribute(column, get(column))]),
    ),
  };
}

/** Parents given as sample ids, as the node ids that those samples had before they were made unique. */
function remap(parents: NodeIds, samples: NodeIds, originals: NodeIds): NodeIds {
  const bySample = new Map<NodeId, NodeId>();
  for (const [row, sample] of samples.entries())
    bySample.set(BigInt(sample), originals[row] as NodeId);
  const found = Array.from<NodeId, bigint>(parents as ArrayLike<NodeId>, (parent) => {
    const id = BigInt(parent);
    if (id === -1n || id === 2n ** 64n - 1n) return -1n;
    return BigInt(bySample.get(id) ?? id);
  });
  if (originals instanceof Int32Array && found.every((id) => id === BigInt.asIntN(32, id))) {
    return Int32Array.from(found, Number);
  }
  return BigInt64Array.from(found);
}
