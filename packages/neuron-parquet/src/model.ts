/** Ids are exact: an integer column gives `bigint`, a text or UUID column `string`, a DOUBLE column `number`. */
export type NeuronId = bigint | number | string;

/** A node id: `bigint` only beyond 2^53. */
export type NodeId = number | bigint;

/** The narrowest that holds every id of the neuron; in `BigUint64Array` the -1 of a root reads 2^64 - 1. */
export type NodeIds = Int32Array | BigInt64Array | BigUint64Array;

export type Coordinates = Float32Array | Float64Array | Int32Array;

/** A column beyond the known ones; booleans are 0 and 1 in a `Uint8Array`, an unknown float is NaN. */
export type Attribute = AttributeValues | NullableValues;

export type AttributeValues =
  | Int32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array
  | Uint8Array
  | readonly string[];

/** A column of which some values are unknown: `nulls` has 1 there. */
export interface NullableValues {
  readonly values: AttributeValues;
  readonly nulls: Uint8Array;
}

export type PropertyValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly PropertyValue[]
  | { readonly [name: string]: PropertyValue };

export interface NeuronMetadata {
  readonly id: NeuronId;
  readonly name?: string | undefined;
  /** As text, `8 nanometer`; three of them when the axes differ. {@link parseUnits} makes numbers of it. */
  readonly units?: string | readonly [string, string, string] | undefined;
  /** Node ids of the soma, usually one. */
  readonly soma?: readonly NodeId[] | undefined;
  /** Neighbours each tangent was fitted to; dotprops only. */
  readonly k?: number | undefined;
  readonly properties?: { readonly [name: string]: PropertyValue } | undefined;
}

/** A tree of nodes, one row each, in the file's order. */
export interface Skeleton extends NeuronMetadata {
  readonly kind: "skeleton";
  readonly nodeId: NodeIds;
  /** The `nodeId` of each node's parent, -1 for a root; of the same array type. */
  readonly parentId: NodeIds;
  readonly x: Coordinates;
  readonly y: Coordinates;
  readonly z: Coordinates;
  /** NaN where unknown; absent when the file has none. */
  readonly radius?: Float32Array | Float64Array | undefined;
  /** SWC structure: 1 soma, 2 axon, 3 dendrite, … */
  readonly label?: Int32Array | BigInt64Array | readonly string[] | undefined;
  readonly attributes?: { readonly [column: string]: Attribute } | undefined;
  readonly connectors?: Connectors | undefined;
}

/** Points with unit tangent vectors. */
export interface Dotprops extends NeuronMetadata {
  readonly kind: "dotprops";
  readonly x: Coordinates;
  readonly y: Coordinates;
  readonly z: Coordinates;
  /** Absent when the file has points alone. */
  readonly vectors?:
    | {
        readonly x: Float32Array | Float64Array;
        readonly y: Float32Array | Float64Array;
        readonly z: Float32Array | Float64Array;
      }
    | undefined;
  /** 1 for a straight neighbourhood, 0 for a round one. */
  readonly alpha?: Float32Array | Float64Array | undefined;
  readonly attributes?: { readonly [column: string]: Attribute } | undefined;
  readonly connectors?: Connectors | undefined;
}

export type Neuron = Skeleton | Dotprops;

/** Synapses of one neuron, one row each. */
export interface Connectors {
  readonly connectorId: NodeIds;
  readonly nodeId: NodeIds;
  /** `pre`, `post`, or what the file holds: CATMAID writes 0, 1, 2. */
  readonly type: readonly string[] | Int32Array;
  readonly x: Coordinates;
  readonly y: Coordinates;
  readonly z: Coordinates;
  readonly attributes?: { readonly [column: string]: Attribute } | undefined;
}

/** Something worth telling that cost no data, or only the data it names. */
export interface Warning {
  readonly neuron?: NeuronId | undefined;
  readonly message: string;
}
