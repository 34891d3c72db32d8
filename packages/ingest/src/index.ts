export { createDataset, Dataset, openDataset, type SchemaInput } from "./dataset.ts";
export { IngestError, type IngestErrorCode, isIngestError } from "./errors.ts";
export {
  type BlockInput,
  type CommitResult,
  Ingestor,
  type IngestorOptions,
} from "./ingestor.ts";
export type { Published, PublishOptions } from "./publish/publish.ts";
export type { ColumnInput, PointsInput } from "./write/rows.ts";
