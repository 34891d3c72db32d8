export type { BuildJob, BuiltIndex, BuiltTable, JobCommit } from "./build/job.ts";
export { type BuildIndexOptions, buildIndex } from "./build.ts";
export { IndexError, type IndexErrorCode, isIndexError } from "./errors.ts";
export { type IndexSql, openSql, type SqlResult } from "./sql.ts";
