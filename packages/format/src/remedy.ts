import {
  commitsPrefix,
  datasetKey,
  extentsPrefix,
  indexPrefix,
  latestKey,
  pointsPrefix,
  versionsPrefix,
} from "./layout.ts";

const copy = "restore it from a copy";
const others = "verify tells what else is damaged";
const unpublished =
  "of a commit that no version took in, delete the record and write its blocks again";

const remedies: readonly [prefix: string, remedy: string][] = [
  [pointsPrefix, `${copy}, or write its blocks again and publish (ingest --rescan); ${others}`],
  [extentsPrefix, `${copy}; ${unpublished}; ${others}`],
  [commitsPrefix, `${copy}; ${unpublished}; ${others}`],
  [versionsPrefix, `${copy}, or read another version; ${others}`],
  [indexPrefix, `${copy}, or read another version; ${others}`],
  [latestKey, "publishing mends it"],
  [datasetKey, copy],
];

/** What can be done about a damaged object of a dataset. */
export function remedyFor(key: string): string | undefined {
  return remedies.find(([prefix]) => key.startsWith(prefix))?.[1];
}
