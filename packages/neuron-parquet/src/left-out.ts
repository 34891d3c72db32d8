import type { Neuron, Warning } from "./model.ts";

/** What a format may have no place for. */
type Part = "connectors" | "columns" | "properties" | "labels" | "radii" | "soma";

/** For each part that the neuron has and `format` cannot hold: how many, and which where they have names. */
export function leftOut(neuron: Neuron, format: string, parts: readonly Part[]): Warning[] {
  const { id, connectors, attributes = {}, properties = {}, soma = [] } = neuron;
  const skeleton = neuron.kind === "skeleton" ? neuron : undefined;
  const counts: { readonly [part in Part]: readonly [count: number, names?: readonly unknown[]] } =
    {
      connectors: [connectors?.connectorId.length ?? 0],
      columns: [Object.keys(attributes).length, Object.keys(attributes)],
      properties: [Object.keys(properties).length, Object.keys(properties)],
      labels: [skeleton?.label?.length ?? 0],
      radii: [skeleton?.radius?.length ?? 0],
      soma: [soma.length, soma],
    };
  return parts.flatMap((part) => {
    const [count, names] = counts[part];
    if (count === 0) return [];
    const which = names
      ? ` (${names.slice(0, 20).join(", ")}${names.length > 20 ? ", …" : ""})`
      : "";
    const message = `left out ${count} ${WORDS[part][count === 1 ? 0 : 1]}${which}, which ${format} has no place for`;
    return [{ neuron: id, message }];
  });
}

const WORDS: { readonly [part in Part]: readonly [one: string, many: string] } = {
  connectors: ["connector", "connectors"],
  columns: ["column", "columns"],
  properties: ["property", "properties"],
  labels: ["label", "labels"],
  radii: ["radius", "radii"],
  soma: ["soma", "somas"],
};
