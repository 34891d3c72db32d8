export type { BlockRange } from "./block-ranges.ts";
export type { BlockInfo } from "./block-table.ts";
export type { Box } from "./box.ts";
export { isQueryError, QueryError, type QueryErrorCode } from "./errors.ts";
export type { ExplainedRead, Explanation } from "./explain.ts";
export type { GroupOptions, ReadOptions } from "./group-reads.ts";
export { type OpenQueryOptions, openQuery } from "./open.ts";
export type { AttributeValues, PointCloud } from "./point-cloud.ts";
export { type LabelCount, Query } from "./query.ts";
