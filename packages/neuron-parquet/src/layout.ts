import { NeuronError } from "./errors.ts";
import { type Column, typeName } from "./parquet/footer.ts";

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
  /** Columns that cannot be read, with their types. */
  readonly leftOut: readonly LeftOutColumn[];
}

export interface LeftOutColumn {
  readonly name: string;
  readonly type: string;
}

/** A pandas index that pyarrow stored by accident. */
const STRAY = /^__index_level_\d+__$/;

export const INTEGERS: readonly string[] = ["INT32", "INT64"];
export const NUMBERS: readonly string[] = ["INT32", "INT64", "FLOAT", "DOUBLE"];
/** What ids of neurons may be. */
export const ANY_ID: readonly string[] = [...NUMBERS, "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"];

/** Columns that play a part in some dialect, and may not be passed over. */
export const NAMES_OF_OWN: ReadonlySet<string> = new Set(
  `node_id parent_id x y z radius label neuron fragment_id sample_id attr:node_id vect_x vect_y vect_z vec_x vec_y vec_z alpha tangent_x
   tangent_y tangent_z colinearity net.clbarnes.swc:type_id`.split(/\s+/),
);

type Find = (types: readonly string[], name: string) => Column;

/** @throws {NeuronError} `wrong-columns` when there is no such column, or one of another type. */
export function findColumn(columns: readonly Column[]): Find {
  return (types, name) => {
    const column = columns.find((candidate) => rootName(candidate) === name);
    if (!column) {
      const has = [...new Set(columns.map(rootName))].join(", ");
      throw new NeuronError("wrong-columns", `has no column "${name}"; it has ${has || "none"}`);
    }
    if (!types.includes(column.type) || column.nested || column.logical !== undefined) {
      const wanted = types.join(", ");
      throw new NeuronError(
        "wrong-columns",
        `column "${name}" is ${typeName(column)}, expected ${wanted}`,
      );
    }
    return column;
  };
}

/** @throws {NeuronError} `wrong-columns` when the table holds no neurons. */
export function layoutOf(columns: readonly Column[]): Layout {
  const used = new Set<Column>();
  const findOne = findColumn(columns);
  const need = (types: readonly string[], name: string): Column => {
    const column = findOne(types, name);
    used.add(column);
    return column;
  };
  const find = (types: readonly string[], name: string): Column | undefined =>
    has(name) ? need(types, name) : undefined;
  const has = (name: string): boolean => columns.some((column) => rootName(column) === name);
  const rest = (): Pick<Layout, "extras" | "leftOut"> =>
    extraColumns(columns.filter((column) => !used.has(column)));
  const position = { x: need(NUMBERS, "x"), y: need(NUMBERS, "y"), z: need(NUMBERS, "z") };
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
      return { ...skeleton, ...rest() };
    }
    const dotprops = {
      kind: "dotprops" as const,
      ...shared,
      vectors: three("tangent"),
      alpha: find(NUMBERS, "colinearity"),
    };
    return { ...dotprops, ...rest() };
  }
  const shared = { dialect: "navis" as const, ...position, neuron: find(ANY_ID, "neuron") };
  if (has("node_id")) {
    const skeleton = {
      kind: "skeleton" as const,
      ...shared,
      nodeId: find(INTEGERS, "node_id"),
      parentId: need(INTEGERS, "parent_id"),
      radius: find(NUMBERS, "radius"),
      label: find([...INTEGERS, "BYTE_ARRAY"], "label"),
    };
    return { ...skeleton, ...rest() };
  }
  const dotprops = {
    kind: "dotprops" as const,
    ...shared,
    vectors: three("vect", "vec"),
    alpha: find(["FLOAT", "DOUBLE"], "alpha"),
  };
  return { ...dotprops, ...rest() };
}

/** Columns beyond the known ones: those that can be kept as they are, and those that cannot. */
export function extraColumns(columns: readonly Column[]): Pick<Layout, "extras" | "leftOut"> {
  const extras: Column[] = [];
  const leftOut = new Map<string, LeftOutColumn>();
  for (const column of columns) {
    const name = rootName(column);
    if (STRAY.test(name)) continue;
    if (isPlain(column)) extras.push(column);
    else leftOut.set(name, { name, type: typeName(column) });
  }
  return { extras, leftOut: [...leftOut.values()] };
}

/** Bytes without a word on what they mean are no texts. */
function isPlain({ type, nested, logical, annotation }: Column): boolean {
  if (nested || logical !== undefined) return false;
  return !type.endsWith("BYTE_ARRAY") || annotation !== undefined;
}

/** The name as the table has it: a leaf of a list is called by more. */
function rootName({ name, nested }: Column): string {
  return nested?.column ?? name;
}
