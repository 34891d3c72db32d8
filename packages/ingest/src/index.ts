export type { BlockIds } from "./block-set.ts";
export {
  createDataset,
  Dataset,
  openDataset,
  type Progress,
  type SchemaInput,
} from "./dataset.ts";
export { IngestError, type IngestErrorCode, isIngestError } from "./errors.ts";
export {
  type BlockInput,
  type CommitResult,
  Ingestor,
  type IngestorOptions,
} from "./ingestor.ts";
export type { Published, PublishOptions } from "./publish/publish.ts";
export { collectGarbage, type GcOptions, type GcResult } from "./upkeep/gc.ts";
export { type VerifyOptions, type VerifyResult, verifyDataset } from "./upkeep/verify.ts";
export type { ColumnInput, PointsInput } from "./write/rows.ts";
