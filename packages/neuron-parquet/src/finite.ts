import { NeuronError } from "./errors.ts";
import type { Connectors, Neuron } from "./model.ts";
import { originOf } from "./origin.ts";

/** A value that stands nowhere: NaN, as a null reads too, or an infinity. */
export interface NotFinite {
  readonly column: "x" | "y" | "z" | "radius";
  readonly row: number;
  readonly value: number;
}

/** Coordinates that are no numbers, and infinite radii: an unknown radius is NaN. */
export function* notFinite(neuron: Neuron): Generator<NotFinite> {
  yield* ofPlaces(neuron);
  if (neuron.kind === "dotprops" || !neuron.radius) return;
  // By number: `entries` makes an array a node.
  const { radius } = neuron;
  for (let row = 0; row < radius.length; row++) {
    const value = radius[row] as number;
    if (value === Infinity || value === -Infinity) yield { column: "radius", row, value };
  }
}

export function* ofPlaces(
  places: Pick<Neuron | Connectors, "x" | "y" | "z">,
): Generator<NotFinite> {
  for (const column of ["x", "y", "z"] as const) {
    const values = places[column];
    if (values instanceof Int32Array) continue;
    for (let row = 0; row < values.length; row++) {
      const value = values[row] as number;
      if (value - value !== 0) yield { column, row, value };
    }
  }
}

/** @throws {NeuronError} `invalid-neuron` with the row of the first coordinate, or radius, that is no number. */
export function assertFinite(neuron: Neuron): void {
  const [first] = notFinite(neuron);
  if (first) {
    const { column, row, value } = first;
    const message = `${column} of ${nodeAt(neuron, row)} is ${value}`;
    const place = { neuron: neuron.id, file: originOf(neuron), row };
    throw new NeuronError("invalid-neuron", message, place);
  }
  assertFiniteConnectors(neuron);
}

export function assertFiniteConnectors(neuron: Neuron): void {
  const { connectors } = neuron;
  if (!connectors) return;
  for (const { column, row, value } of ofPlaces(connectors)) {
    const message = `${column} of connector ${connectors.connectorId[row]} is ${value}`;
    const place = { neuron: neuron.id, file: originOf(neuron) };
    throw new NeuronError("invalid-neuron", message, place);
  }
}

export function nodeAt(neuron: Neuron, row: number): string {
  return neuron.kind === "skeleton" ? `node ${neuron.nodeId[row]}` : `point ${row}`;
}
