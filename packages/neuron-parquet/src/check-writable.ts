import { nullsOf, valuesOf } from "./attribute.ts";
import { NeuronError } from "./errors.ts";
import { assertFinite } from "./finite.ts";
import type { Neuron, NeuronId, NodeIds } from "./model.ts";

/** Property names that break navis: it has attributes of these names that cannot be set. */
const COLLIDING: ReadonlySet<string> = new Set(
  `nodes connectors root soma_pos vertex_map adjacency_matrix bbox branch_points cable_length core_md5 cycles datatables edge_coords
   edges ends extents geodesic_matrix graph igraph is_acyclic is_isometric is_locked is_masked is_stale is_tree leafs n_branches
   n_components n_leafs n_skeletons n_trees postsynapses presynapses sampling_resolution segments simple small_segments subtrees
   surface_area type units_xyz vertices volume`.split(/\s+/),
);

const OWN: ReadonlySet<string> = new Set(["id", "name", "units", "soma", "k"]);

/** Checks that belong to one neuron; `unreadable` lets through what navis could not read back. */
export function checkNeuron(neuron: Neuron, unreadable: boolean): void {
  const { id } = neuron;
  checkId(id, unreadable);
  checkLengths(neuron);
  if (!unreadable) assertFinite(neuron);
  const complain = (message: string): never => {
    throw new NeuronError("invalid-metadata", message, { neuron: id });
  };
  for (const name of Object.keys(neuron.properties ?? {})) {
    if (OWN.has(name)) complain(`property "${name}" has a field of its own`);
    if (unreadable) continue;
    if (COLLIDING.has(name)) complain(`property "${name}" would keep navis from reading the file`);
    if (name === "" || name.includes(":"))
      complain(`property "${name}" would be split at its colon`);
  }
  const { units, soma, k } = neuron;
  if (typeof units === "string" && /^\s*\[/.test(units) && !unreadable) {
    complain(`units "${units}" would read as their product: give three texts`);
  }
  if (k !== undefined && !(Number.isInteger(k) && k >= 0)) complain(`k is ${k}`);
  if (soma && neuron.kind === "skeleton" && !unreadable) {
    for (const node of soma) {
      if (!holds(neuron.nodeId, node)) complain(`soma ${node} is no node of the neuron`);
    }
  }
}

function checkId(id: NeuronId, unreadable: boolean): void {
  if (typeof id === "number") {
    throw new NeuronError("invalid-id", `id ${id} is a number: give a bigint or a string`, {
      neuron: id,
    });
  }
  if (typeof id === "bigint") {
    if (id < -(2n ** 63n) || id >= 2n ** 64n)
      throw new NeuronError("invalid-id", `id ${id} exceeds 64 bits`, { neuron: id });
    return;
  }
  if (typeof id !== "string")
    throw new TypeError(`Expected \`id\` to be a bigint or a string, got ${typeof id}`);
  if (!id.isWellFormed())
    throw new NeuronError("invalid-id", "the id is no valid Unicode text", { neuron: id });
  if (unreadable) return;
  if (id.includes(":"))
    throw new NeuronError("invalid-id", "navis would lose the metadata of an id with a colon", {
      neuron: id,
    });
  if (id.startsWith("_"))
    throw new NeuronError(
      "invalid-id",
      "navis would lose the metadata of an id that begins with an underscore",
      { neuron: id },
    );
  if (id === "") throw new NeuronError("invalid-id", "the id is empty", { neuron: id });
}

function holds(nodes: NodeIds, node: number | bigint): boolean {
  if (nodes instanceof Int32Array) return nodes.includes(Number(node));
  return (nodes as BigInt64Array).includes(BigInt(node));
}

function checkLengths(neuron: Neuron): void {
  const rows = neuron.x.length;
  const check = (name: string, values: ArrayLike<unknown> | undefined): void => {
    if (values === undefined || values.length === rows) return;
    throw new NeuronError("invalid-neuron", `has ${rows} x but ${values.length} ${name}`, {
      neuron: neuron.id,
    });
  };
  check("y", neuron.y);
  check("z", neuron.z);
  for (const [name, attribute] of Object.entries(neuron.attributes ?? {})) {
    check(name, valuesOf(attribute));
    check(`nulls of ${name}`, nullsOf(attribute));
  }
  if (neuron.kind === "skeleton") {
    check("nodeId", neuron.nodeId);
    check("parentId", neuron.parentId);
    check("radius", neuron.radius);
    check("label", neuron.label);
  } else {
    check("alpha", neuron.alpha);
    for (const axis of ["x", "y", "z"] as const) check(`vectors.${axis}`, neuron.vectors?.[axis]);
  }
  const { connectors } = neuron;
  if (!connectors) return;
  const count = connectors.connectorId.length;
  for (const name of ["nodeId", "type", "x", "y", "z"] as const) {
    if (connectors[name].length !== count) {
      throw new NeuronError(
        "invalid-neuron",
        `has ${count} connectors but ${connectors[name].length} of their ${name}`,
        {
          neuron: neuron.id,
        },
      );
    }
  }
}
