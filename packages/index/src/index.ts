export type {
  BuildJob,
  BuildStage,
  BuildUsage,
  BuiltIndex,
  BuiltTable,
  JobCommit,
} from "./build/job.ts";
export { assertBuildOptions, type BuildIndexOptions, buildIndex } from "./build.ts";
export { downloadIndex } from "./download.ts";
export { IndexError, type IndexErrorCode, isIndexError } from "./errors.ts";
export { scratchFolder } from "./scratch-folder.ts";
export { type OpenIndexOptions, openIndex } from "./sql/open-index.ts";
export { openSql } from "./sql/open-sql.ts";
export type { SqlParameter, SqlParameters } from "./sql/parameters.ts";
export type { SqlOptions, SqlResult, SqlValue } from "./sql/query-rows.ts";
export type { SqlIndex } from "./sql/sql-index.ts";
