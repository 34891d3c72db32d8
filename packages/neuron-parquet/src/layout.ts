import { NeuronError } from "./errors.ts";
import type { Column } from "./parquet/footer.ts";

/** Which column plays which part. */
export interface Layout {
  readonly kind: "skeleton" | "dotprops";
  readonly dialect: "navis" | "neurarrow";
  readonly neuron?: Column | undefined;
  readonly nodeId?: Column | undefined;
  readonly parentId?: Column | undefined;
  readonly x: Column;
  readonly y: Column;
  readonly z: Column;
  readonly radius?: Column | undefined;
  readonly label?: Column | undefined;
  readonly vectors?: readonly [Column, Column, Column] | undefined;
  readonly alpha?: Column | undefined;
  /** neurarrow: the node id before sample ids were made unique in the file. */
  readonly originalNodeId?: Column | undefined;
  readonly extras: readonly Column[];
}

/** A pandas index that pyarrow stored by accident. */
const STRAY = /^__index_level_\d+__$/;

const INTEGERS: readonly string[] = ["INT32", "INT64"];
const NUMBERS: readonly string[] = ["INT32", "INT64", "FLOAT", "DOUBLE"];

/** @throws {NeuronError} `wrong-columns` when the table holds no neurons. */
export function layoutOf(columns: readonly Column[]): Layout {
  const used = new Set<Column>();
  const find = (types: readonly string[], ...names: string[]): Column | undefined => {
    for (const name of names) {
      const column = columns.find((candidate) => candidate.name === name);
      if (!column) continue;
      if (!types.includes(column.type) || column.nested) {
        throw new NeuronError(
          "wrong-columns",
          `column "${name}" is ${column.nested ? "nested" : column.type}`,
        );
      }
      used.add(column);
      return column;
    }
    return undefined;
  };
  const need = (name: string): Column => {
    const column = find(NUMBERS, name);
    if (column) return column;
    const has = columns.map((candidate) => candidate.name).join(", ");
    throw new NeuronError("wrong-columns", `has no column "${name}"; it has ${has || "none"}`);
  };
  const has = (name: string): boolean => columns.some((column) => column.name === name);
  const rest = (): Column[] =>
    columns.filter((column) => !used.has(column) && !STRAY.test(column.name));
  const ANY = [...NUMBERS, "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"];
  const position = { x: need("x"), y: need("y"), z: need("z") };
  const three = (...prefixes: string[]): [Column, Column, Column] | undefined => {
    for (const prefix of prefixes) {
      const [x, y, z] = ["x", "y", "z"].map((axis) =>
        find(["FLOAT", "DOUBLE"], `${prefix}_${axis}`),
      );
      if (x && y && z) return [x, y, z];
    }
    return undefined;
  };
  if (has("fragment_id") && !has("neuron")) {
    const shared = {
      dialect: "neurarrow" as const,
      ...position,
      neuron: find(INTEGERS, "fragment_id"),
      nodeId: find(INTEGERS, "sample_id"),
      originalNodeId: find(INTEGERS, "attr:node_id"),
    };
    if (has("parent_id")) {
      const skeleton = {
        kind: "skeleton" as const,
        ...shared,
        parentId: find(INTEGERS, "parent_id"),
        radius: find(NUMBERS, "radius"),
        label: find(INTEGERS, "net.clbarnes.swc:type_id"),
      };
      return { ...skeleton, extras: rest() };
    }
    const dotprops = {
      kind: "dotprops" as const,
      ...shared,
      vectors: three("tangent"),
      alpha: find(NUMBERS, "colinearity"),
    };
    return { ...dotprops, extras: rest() };
  }
  const shared = { dialect: "navis" as const, ...position, neuron: find(ANY, "neuron") };
  if (has("node_id")) {
    const parentId = find(INTEGERS, "parent_id");
    if (!parentId) throw new NeuronError("wrong-columns", 'has "node_id" but no "parent_id"');
    const skeleton = {
      kind: "skeleton" as const,
      ...shared,
      nodeId: find(INTEGERS, "node_id"),
      parentId,
      radius: find(NUMBERS, "radius"),
      label: find([...INTEGERS, "BYTE_ARRAY"], "label"),
    };
    return { ...skeleton, extras: rest() };
  }
  const dotprops = {
    kind: "dotprops" as const,
    ...shared,
    vectors: three("vect", "vec"),
    alpha: find(["FLOAT", "DOUBLE"], "alpha"),
  };
  return { ...dotprops, extras: rest() };
}
