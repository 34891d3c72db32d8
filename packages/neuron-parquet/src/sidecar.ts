/** `a.na.parquet` → `a.na.connectors.parquet`: where navis 2 looks for the connectors of a file. */
export function sidecarName(path: string): string {
  const dot = path.lastIndexOf(".");
  const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  if (dot <= slash) return `${path}.connectors`;
  return `${path.slice(0, dot)}.connectors${path.slice(dot)}`;
}
