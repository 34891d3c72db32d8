import { LabelmapError } from "../errors.ts";
import { asId, type Json } from "../json.ts";
import type { DvidConnection } from "./connection.ts";
import { field, text } from "./fields.ts";

/** A node of a repository's graph of versions. */
export interface DvidVersion {
  /** All 32 digits. */
  uuid: string;
  root: string;
  branch: string;
  locked: boolean;
  /** RFC 3339. With the mutation id it tells whether an open node has moved. */
  updated: string;
  mutationId: bigint;
}

/**
 * The version that a UUID, a unique prefix of one, or `prefix:branch` means now: a branch's leaf moves.
 * @throws {LabelmapError} `not-found`, or `ambiguous` naming the candidates.
 */
export async function resolveVersion(
  connection: DvidConnection,
  reference: string,
  signal?: AbortSignal,
): Promise<DvidVersion> {
  const [prefix = "", branch, more] = reference.split(":");
  // A server of one repository needs no prefix for a branch.
  const named = prefix === "" && branch !== undefined;
  if (!(named || /^[0-9a-f]{1,32}$/.test(prefix)) || more !== undefined || branch === "") {
    const got = JSON.stringify(reference);
    throw new TypeError(`Expected a UUID, a prefix of one, prefix:branch or :branch, got ${got}`);
  }
  const call = signal ? { signal } : {};
  const where = named ? `:${encodeURIComponent(branch)}` : prefix;
  const repo = await connection.json(`repo/${where}/info`, call);
  if (named)
    return resolveVersion(connection, `${text(field(repo, "Root"), "Root")}:${branch}`, signal);
  const nodes = field(field(repo, "DAG"), "Nodes") as { readonly [uuid: string]: Json };
  const matching = Object.keys(nodes).filter((uuid) => uuid.startsWith(prefix));
  if (matching.length > 1) {
    throw new LabelmapError("ambiguous", `${prefix} may be ${matching.join(" or ")}`);
  }
  let uuid = matching[0];
  if (uuid === undefined) throw new LabelmapError("not-found", `no version ${prefix}`);
  if (branch !== undefined) {
    const path = `repo/${uuid}/branch-versions/${encodeURIComponent(branch)}`;
    const versions = await connection.json(path, call);
    const [leaf] = Array.isArray(versions) ? versions : [];
    if (leaf === undefined) throw new LabelmapError("not-found", `${uuid} has no branch ${branch}`);
    uuid = text(leaf, `leaf of branch ${branch}`);
  }
  const node = field(nodes, uuid);
  return {
    uuid,
    root: text(field(repo, "Root"), "Root"),
    branch: text(field(node, "Branch"), "Branch"),
    locked: field(node, "Locked") === true,
    updated: text(field(node, "Updated"), "Updated"),
    mutationId: asId(field(repo, "MutationID"), "MutationID"),
  };
}
