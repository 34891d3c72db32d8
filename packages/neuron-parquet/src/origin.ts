import type { Neuron } from "./model.ts";

/** Which file a neuron was read from: what is wrong with it is told of that file, not of the one it is written to. */
const origins = new WeakMap<Neuron, string>();

export function withOrigin<N extends Neuron>(neuron: N, file: string | undefined): N {
  if (file !== undefined) origins.set(neuron, file);
  return neuron;
}

/** Undefined for a neuron that was made, or copied, elsewhere. */
export function originOf(neuron: Neuron): string | undefined {
  return origins.get(neuron);
}
