import { checkArgument, neuronRule } from "./check-options.ts";
import { nodeAt, notFinite, ofPlaces } from "./finite.ts";
import type { Neuron, NeuronId, NodeId } from "./model.ts";
import { RowLookup } from "./row-lookup.ts";
import { parentRows } from "./swc/swc-write.ts";
import { parseUnits } from "./units.ts";

export type IssueKind =
  | "empty"
  | "duplicate-node"
  | "missing-parent"
  | "cycle"
  | "no-root"
  | "several-roots"
  | "soma-missing"
  | "unknown-units"
  | "connector-node"
  | "not-finite";

/** Something odd about a neuron; `several-roots` is common and harmless, the rest hurt some program. */
export interface Issue {
  readonly neuron: NeuronId;
  readonly kind: IssueKind;
  /** The node it is about, and its row within the neuron. */
  readonly node?: NodeId;
  readonly row?: number;
  readonly message: string;
}

/** Most issues of one kind that are listed for one neuron; a last one tells how many more there are. */
const LISTED = 20;

export function checkNeuron(neuron: Neuron): Issue[] {
  checkArgument("neuron", neuron, neuronRule);
  const issues: Issue[] = [];
  const { id, x, units } = neuron;
  const tell = (kind: IssueKind, message: string): void => {
    issues.push({ neuron: id, kind, message });
  };
  if (x.length === 0) tell("empty", "has no rows");
  if (units !== undefined && parseUnits(units).unit === "unknown")
    tell("unknown-units", `units "${units}" are unknown`);
  tellNotFinite(neuron, issues);
  if (neuron.kind === "dotprops") return issues;
  const { nodeId, parentId, soma, connectors } = neuron;
  const at = (
    kind: IssueKind,
    rows: readonly number[],
    say: (node: NodeId, row: number) => string,
  ): void => {
    for (const row of rows.slice(0, LISTED)) {
      const node = nodeId[row] as NodeId;
      issues.push({ neuron: id, kind, node, row, message: say(node, row) });
    }
    if (rows.length > LISTED) tell(kind, `and ${rows.length - LISTED} more`);
  };
  const known = new RowLookup(nodeId);
  const duplicates: number[] = [];
  for (let row = 0; row < nodeId.length; row++)
    if (known.rowOfAt(nodeId, row) !== row) duplicates.push(row);
  at("duplicate-node", duplicates, (node) => `node ${node} comes more than once`);
  const parents = parentRows(nodeId, parentId);
  const roots: number[] = [];
  const orphans: number[] = [];
  for (let row = 0; row < parents.length; row++) {
    if ((parents[row] as number) >= 0) continue;
    (isRoot(parentId[row] as NodeId) ? roots : orphans).push(row);
  }
  at(
    "missing-parent",
    orphans,
    (node, row) => `node ${node} has parent ${parentId[row]}, which is no node`,
  );
  at("cycle", cycles(parents), (node) => `node ${node} lies on a cycle`);
  if (roots.length === 0 && x.length > 0) tell("no-root", "has no root");
  if (roots.length > 1)
    tell("several-roots", `has ${roots.length} roots: ${list(roots.map((row) => nodeId[row]))}`);
  for (const node of soma ?? []) {
    if (known.rowOf(node) < 0) {
      issues.push({ neuron: id, kind: "soma-missing", node, message: `soma ${node} is no node` });
    }
  }
  let lost = 0;
  for (const node of connectors?.nodeId ?? []) if (known.rowOf(node) < 0) lost++;
  if (lost > 0) tell("connector-node", `${lost} connectors sit on nodes it lacks`);
  return issues;
}

function tellNotFinite(neuron: Neuron, issues: Issue[]): void {
  const { id, connectors } = neuron;
  let count = 0;
  const tell = (issue: Omit<Issue, "neuron" | "kind">): void => {
    if (count++ < LISTED) issues.push({ neuron: id, kind: "not-finite", ...issue });
  };
  for (const { column, row, value } of notFinite(neuron)) {
    const node = neuron.kind === "skeleton" ? { node: neuron.nodeId[row] as NodeId } : {};
    tell({ ...node, row, message: `${column} of ${nodeAt(neuron, row)} is ${value}` });
  }
  for (const { column, row, value } of connectors ? ofPlaces(connectors) : []) {
    const node = connectors?.nodeId[row] as NodeId;
    tell({ node, message: `${column} of connector ${connectors?.connectorId[row]} is ${value}` });
  }
  if (count > LISTED)
    issues.push({ neuron: id, kind: "not-finite", message: `and ${count - LISTED} more` });
}

function isRoot(parent: NodeId): boolean {
  return parent === -1 || parent === -1n || parent === 2n ** 64n - 1n;
}

/** One row of each cycle: its first. */
function cycles(parents: Int32Array): number[] {
  const seen = new Int32Array(parents.length);
  const found: number[] = [];
  for (let start = 0; start < parents.length; start++) {
    let at = start;
    while (at >= 0 && seen[at] === 0) {
      seen[at] = start + 1;
      at = parents[at] as number;
    }
    if (at < 0 || seen[at] !== start + 1) continue;
    let first = at;
    for (let on = parents[at] as number; on !== at; on = parents[on] as number)
      first = Math.min(first, on);
    found.push(first);
  }
  return found;
}

function list(nodes: readonly (NodeId | undefined)[]): string {
  return nodes.length > 10 ? `${nodes.slice(0, 10).join(", ")}, …` : nodes.join(", ");
}
