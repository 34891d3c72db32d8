import type { NodeId, Skeleton, Warning } from "../model.ts";

/** The first node of type 1, which a reader of SWC takes for the soma. */
export function labelledSoma({
  label,
  nodeId,
}: Pick<Skeleton, "label" | "nodeId">): NodeId | undefined {
  const row =
    label instanceof Int32Array
      ? label.indexOf(1)
      : [...(label ?? [])].findIndex((value) => String(value) === "1");
  return row < 0 ? undefined : nodeId[row];
}

/** Told where the labels do not say which nodes the soma is. */
export function otherSoma(neuron: Skeleton, format: string): Warning[] {
  const { id, soma = [] } = neuron;
  const first = labelledSoma(neuron);
  if (soma.length === 0 || (soma.length === 1 && String(soma[0]) === String(first))) return [];
  const marked = first === undefined ? "none" : `node ${first}`;
  const message = `left out the soma ${soma.join(", ")}: ${format} takes the first node of type 1, ${marked}`;
  return [{ neuron: id, message }];
}
