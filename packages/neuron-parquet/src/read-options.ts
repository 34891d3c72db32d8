import { aBoolean, aFunction, aList, aNumber, oneOf, type Rules } from "./check-options.ts";
import type { NeuronId, NeuronMetadata } from "./model.ts";

/** What a neuron has beside its shape; each is a column, and costs a request of its own in a file that lies far off. */
export type Extra = "radius" | "label" | "vectors" | "alpha";

export interface ReadOptions {
  /** Which of these to read. Default all that the file has. */
  extras?: readonly Extra[];
  /** Columns beyond the known ones: all of them, or those named. Default none. */
  attributes?: boolean | readonly string[];
  /** Whether to read connectors where the file has them. Default true. */
  connectors?: boolean;
}

export interface NeuronsOptions extends ReadOptions {
  /** Only these, in this order; each comes once. */
  ids?: Iterable<NeuronId | number>;
  /** At most so many. */
  limit?: number;
  /** Only neurons whose metadata pass; asked before any row is read. */
  where?: (metadata: NeuronMetadata) => boolean;
  /** What to do about asked ids that the file lacks. Default `throw`, before the first neuron. */
  missing?: "throw" | "skip";
}

export const readRules: Rules<ReadOptions> = {
  extras: {
    expected: 'a list of "radius", "label", "vectors" and "alpha"',
    fits: (value) =>
      Array.isArray(value) &&
      value.every((one) => ["radius", "label", "vectors", "alpha"].includes(one)),
  },
  attributes: {
    expected: "true, false or a list of column names",
    fits: (value) =>
      typeof value === "boolean" ||
      (Array.isArray(value) && value.every((one) => typeof one === "string")),
  },
  connectors: aBoolean,
};

/** Rules of what `neurons` of a file takes. */
export const neuronsRules: Rules<NeuronsOptions> = {
  ...readRules,
  ids: aList,
  limit: aNumber(0),
  where: aFunction,
  missing: oneOf("throw", "skip"),
};
