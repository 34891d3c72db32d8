import type { Connectors, Neuron, NeuronId, Warning } from "./model.ts";
import { originOf, withOrigin } from "./origin.ts";
import { RowLookup } from "./row-lookup.ts";

/**
 * Gives neurons the connectors of a table, as `parseConnectorsCsv` makes it; ids of digits match whether they are integers or texts.
 * Told: connectors that were replaced, those on nodes that the neuron lacks, which are kept, and at the end those of other neurons,
 * which are left out.
 */
export async function* addConnectors(
  neurons: Iterable<Neuron> | AsyncIterable<Neuron>,
  table: ReadonlyMap<NeuronId, Connectors>,
  onWarning: (warning: Warning) => void = () => {},
): AsyncGenerator<Neuron, void, undefined> {
  const waiting = new Map([...table].map(([id, connectors]) => [String(id), connectors]));
  for await (const neuron of neurons) {
    const { id } = neuron;
    const connectors = waiting.get(String(id));
    if (!connectors) {
      yield neuron;
      continue;
    }
    waiting.delete(String(id));
    const old = neuron.connectors?.connectorId.length ?? 0;
    if (old > 0)
      onWarning({ neuron: id, message: `left out ${old} connectors: others replace them` });
    const lost = lacking(neuron, connectors);
    if (lost.length > 0) {
      const nodes = `${lost.slice(0, 20).join(", ")}${lost.length > 20 ? ", …" : ""}`;
      onWarning({
        neuron: id,
        message: `${lost.length} connectors are on nodes it lacks: ${nodes}`,
      });
    }
    yield withOrigin({ ...neuron, connectors }, originOf(neuron));
  }
  for (const [id, { connectorId }] of waiting)
    onWarning({
      neuron: id,
      message: `left out ${connectorId.length} connectors: it is not there`,
    });
}

/** Nodes that connectors name and the neuron does not have, one for each connector; -1 is none. */
function lacking(neuron: Neuron, { nodeId }: Connectors): (number | bigint)[] {
  if (neuron.kind === "dotprops") return [];
  const nodes = new RowLookup(neuron.nodeId);
  return Array.from<number | bigint, number | bigint>(
    nodeId as ArrayLike<number | bigint>,
    (node) => node,
  ).filter((node) => BigInt(node) !== -1n && nodes.rowOf(node) < 0);
}
