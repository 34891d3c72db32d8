import {
  aBoolean,
  anInteger,
  aText,
  checkedLater,
  oneOf,
  type Rules,
  textsRule,
} from "./check-options.ts";
import type { ColumnKind } from "./column-plan.ts";
import type { NeuronId, Warning } from "./model.ts";
import type { WriteCodec } from "./parquet/compress.ts";
import type { NeuronSink } from "./sink.ts";

/**
 * `navis`: what both lines of navis read, labels and a connector sidecar with it (the default). `navis-1`: as navis 1 wrote it,
 * without labels and connectors. `zip`: skeletons.parquet and synapses.parquet in one zip. `neurarrow`: neurarrow 0.2.1.
 */
export type Dialect = "navis" | "navis-1" | "zip" | "neurarrow";

export interface WriteOptions {
  dialect?: Dialect;
  /** `sorted` by id, which a list is by default; a stream keeps its order, since sorting it would need all of it. */
  order?: "sorted" | "keep";
  /** Default: the widest type of a list, of a stream the type of its first neurons. */
  coordinates?: Extract<ColumnKind, "float32" | "float64" | "int32">;
  nodeIds?: Extract<ColumnKind, "int32" | "int64">;
  /** Default zstd where it can be written, else gzip. */
  codec?: WriteCodec;
  /** A row group closes after the neuron that reaches this many rows. Default 32,768. */
  groupRows?: number;
  /** Rows of a page, the least that is read of a column. Default 8,192. */
  pageRows?: number;
  /**
   * Where metadata go: `keys`, one footer key a property, as navis reads them; or `table`, a column table inside the file that
   * navis does not see, for very many neurons: the footer then stays small. Default `keys`.
   */
  metadata?: "keys" | "table";
  /** Metadata of the file as a whole. Keys have to begin with an underscore. */
  fileMetadata?: Readonly<Record<string, string>>;
  /**
   * Whether to write what is refused otherwise: what navis cannot read back, as ids with a colon, property names that break it and somas
   * that are no node, and coordinates that are NaN or infinite.
   */
  allowUnreadable?: boolean;
  /** Where connectors go when the sink is no path. */
  connectorsSink?: NeuronSink;
  /** neurarrow: the name of the context that ids are unique in. Default a random UUID. */
  context?: string;
}

export const writeRules: Rules<WriteOptions> = {
  dialect: oneOf("navis", "navis-1", "zip", "neurarrow"),
  order: oneOf("sorted", "keep"),
  coordinates: oneOf("float32", "float64", "int32"),
  nodeIds: oneOf("int32", "int64"),
  codec: oneOf("zstd", "gzip", "none"),
  groupRows: anInteger(1),
  pageRows: anInteger(1),
  metadata: oneOf("keys", "table"),
  fileMetadata: textsRule,
  allowUnreadable: aBoolean,
  connectorsSink: checkedLater,
  context: aText,
};

export interface WriteReport {
  neurons: number;
  rows: number;
  bytes: number;
  connectors: number;
  /** Neurons without rows: their metadata are there, navis does not see them. */
  empty: NeuronId[];
  warnings: Warning[];
}

export const CREATED_BY = "@pocaduck/neuron-parquet version 0.1.0";
export const DEFAULT_GROUP_ROWS: number = 32_768;
export const DEFAULT_PAGE_ROWS: number = 8192;
/** A neuron larger than this is cut into several row groups. */
export const MAX_GROUP_ROWS: number = 1_048_576;
