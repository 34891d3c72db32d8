export { assertCount, assertOneOf, assertText } from "./assert-option.ts";
export {
  type ArrayOf,
  type Column,
  type ColumnType,
  type NumericArray,
  type NumericType,
  newArray,
  numericTypes,
  typeOfArray,
} from "./column-type.ts";
export { crc32 } from "./crc32.ts";
export { FormatError, type FormatErrorCode, isFormatError } from "./errors.ts";
export { decodeFences, encodeFences, type Fence, findFences } from "./fences.ts";
export {
  commitKey,
  commitOfKey,
  commitsPrefix,
  datasetKey,
  extentsKey,
  extentsPrefix,
  indexKey,
  indexPrefix,
  latestKey,
  pointsKey,
  pointsPrefix,
  versionKey,
  versionOfKey,
  versionsPrefix,
} from "./layout.ts";
export {
  blockColumns,
  countColumns,
  decodeGroupPointer,
  encodeGroupPointer,
  extentColumns,
  type GroupPointer,
  leafColumns,
} from "./leaf.ts";
export type { ColumnData } from "./parquet/chunk-encode.ts";
export { RowGroup } from "./parquet/row-group.ts";
export type { EntryRuns } from "./parquet/runs-encode.ts";
export { TableWriter, type TableWriterOptions } from "./parquet/table-writer.ts";
export { assertSchema } from "./records/assert-schema.ts";
export { type Commit, type CommittedBlock, decodeCommit, encodeCommit } from "./records/commit.ts";
export {
  decodeDataset,
  encodeDataset,
  formatVersion,
  pointColumns,
} from "./records/dataset.ts";
export {
  decodeIndexTables,
  decodeLatest,
  decodeManifest,
  encodeIndexTables,
  encodeLatest,
  encodeManifest,
  type IndexRef,
  type IndexTables,
  type Manifest,
  type Totals,
} from "./records/manifest.ts";
export { type GroupList, groupAt, type ObjectRef, type TableRef } from "./records/objects.ts";
export {
  type AbsorbedCommit,
  type Conflict,
  decodeSources,
  encodeSources,
  type Sources,
} from "./records/sources.ts";
export {
  type AttributeType,
  type Axis,
  blockNumber,
  blocksPerAxis,
  type CoordinateType,
  type Grid,
  gridLength,
  type Schema,
} from "./schema.ts";
export { showValue } from "./show-value.ts";
