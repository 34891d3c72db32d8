/** Every key of a dataset, and nowhere else. */

export const datasetKey = "pocaduck.json";
export const latestKey = "latest.json";
export const versionsPrefix = "versions/";
export const commitsPrefix = "commits/";
export const pointsPrefix = "points/";
export const extentsPrefix = "extents/";
export const indexPrefix = "index/";

/** Twenty digits, so that byte order is numeric order. */
export function versionKey(version: number): string {
  return `${versionsPrefix}${String(version).padStart(20, "0")}.json`;
}

/** The version that `key` names, or `undefined` for any other key. */
export function versionOfKey(key: string): number | undefined {
  const digits = /^versions\/(\d{20})\.json$/.exec(key)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function commitKey(commit: string): string {
  return `${commitsPrefix}${fanOut(commit)}/${commit}.json`;
}

/** The commit that `key` names, or `undefined` for any other key. */
export function commitOfKey(key: string): string | undefined {
  return /^commits\/[0-9a-f]{2}\/([0-9a-f-]{36})\.json$/.exec(key)?.[1];
}

export function pointsKey(uuid: string): string {
  return `${pointsPrefix}${fanOut(uuid)}/${uuid}.parquet`;
}

export function extentsKey(uuid: string): string {
  return `${extentsPrefix}${fanOut(uuid)}/${uuid}.parquet`;
}

export function indexKey(uuid: string, name: string): string {
  return `${indexPrefix}${uuid}/${name}`;
}

/** Two hex digits of a version 4 UUID spread keys over the partitions of an object store. */
function fanOut(uuid: string): string {
  return uuid.slice(0, 2);
}
