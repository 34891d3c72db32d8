import {
  type ColumnKind,
  fillColumn,
  type HeldArrays,
  kindOf,
  type Part,
  type PlannedColumn,
  wider,
  writeColumn,
} from "./column-plan.ts";
import { NeuronError } from "./errors.ts";
import type { Attribute, Neuron, NeuronId } from "./model.ts";
import type { WriteColumn, WriteData } from "./parquet/write-column.ts";

/** One thing with rows that belongs to a neuron: a skeleton, dotprops, or the connectors of one. */
export interface Entry {
  readonly id: NeuronId;
  readonly rows: number;
  readonly columns: { readonly [name: string]: Attribute | undefined };
}

export interface PlanOptions {
  /** Kinds the caller has settled. */
  readonly kinds: { readonly [column: string]: ColumnKind | undefined };
  /** Columns that every entry has to have; the others are null where one lacks them. */
  readonly required: readonly string[];
  /** Columns that all entries have or none. */
  readonly uniform: readonly string[];
  /** Columns that are 0 where an entry lacks them: navis cannot read a label that is null. */
  readonly zeroed: readonly string[];
  /** Columns where -1 becomes null. */
  readonly nullRoots: readonly string[];
  readonly idColumn: string;
  /** Where the ids alone do not settle it. */
  readonly idKind?: "int64" | "uint64" | "text";
}

/** The columns of a table, settled once, and how entries become them. */
export class TablePlan {
  readonly columns: readonly WriteColumn[];
  readonly idKind: "int64" | "uint64" | "text";
  readonly #planned: readonly PlannedColumn[];
  readonly #names: ReadonlySet<string>;
  readonly #held: HeldArrays = new Map();

  constructor(entries: readonly Entry[], options: PlanOptions) {
    const kinds = new Map<string, ColumnKind>();
    const lacking = new Map<string, NeuronId>();
    if (entries.length === 0) {
      for (const name of options.required)
        kinds.set(name, options.kinds[name] ?? defaultKind(name));
    }
    for (const { id, columns } of entries) {
      for (const [name, values] of Object.entries(columns)) {
        if (!values) continue;
        const known = kinds.get(name) ?? options.kinds[name];
        const kind = known ? (options.kinds[name] ?? wider(known, kindOf(values))) : kindOf(values);
        if (!kind) throw mixed(name, known ?? "text", kindOf(values), id);
        kinds.set(name, kind);
      }
    }
    for (const { id, columns } of entries)
      for (const name of kinds.keys())
        if (!columns[name] && !lacking.has(name)) lacking.set(name, id);
    this.#planned = [...kinds].map(([name, kind]) => ({
      name,
      kind,
      optional:
        options.nullRoots.includes(name) ||
        !(
          options.uniform.includes(name) ||
          options.required.includes(name) ||
          options.zeroed.includes(name)
        ),
      absent: options.zeroed.includes(name) ? "zero" : "null",
      nullRoots: options.nullRoots.includes(name),
      rounds: options.kinds[name] === "float32",
    }));
    for (const name of [...options.required, ...options.uniform]) {
      if (lacking.has(name))
        throw new NeuronError("mixed-types", `has no "${name}", others have`, {
          neuron: lacking.get(name),
        });
    }
    this.#names = new Set(kinds.keys());
    this.idKind = options.idKind ?? idKindOf(entries);
    const neuron: WriteColumn = {
      name: options.idColumn,
      type: this.idKind === "text" ? "BYTE_ARRAY" : "INT64",
      encoding: "dictionary",
      ...(this.idKind === "text" ? { annotation: "text" } : {}),
      ...(this.idKind === "uint64" ? { annotation: "unsigned" } : {}),
    };
    this.columns = [...this.#planned.map(writeColumn), neuron];
  }

  get idIndex(): number {
    return this.columns.length - 1;
  }

  /** Rows of `entries`, column by column; the arrays are filled again by the next call. */
  fill(entries: readonly Entry[]): { data: WriteData[]; rows: number; ascends: boolean } {
    let rows = 0;
    let ascends = true;
    for (const [at, { id, rows: count, columns }] of entries.entries()) {
      rows += count;
      const before = entries[at - 1]?.id;
      if (before !== undefined && compareIds(before, id) > 0) ascends = false;
      for (const [name, values] of Object.entries(columns)) {
        if (values && !this.#names.has(name)) {
          throw new NeuronError(
            "mixed-types",
            `column "${name}" came up after the columns were settled`,
            { neuron: id },
          );
        }
      }
    }
    const data = this.#planned.map((column): WriteData => {
      const parts: Part[] = entries.map(({ id, rows: count, columns }) => {
        const values = columns[column.name];
        if (!values && !column.optional && column.absent !== "zero") {
          throw new NeuronError("mixed-types", `has no "${column.name}", others have`, {
            neuron: id,
          });
        }
        return { values, rows: count };
      });
      return fillColumn(column, parts, rows, this.#held);
    });
    data.push({
      values: { values: this.#ids(entries), lengths: entries.map((entry) => entry.rows) },
    });
    return { data, rows, ascends };
  }

  #ids(entries: readonly Entry[]): BigInt64Array | string[] {
    for (const { id } of entries) {
      const fits =
        this.idKind === "text"
          ? typeof id === "string"
          : typeof id === "bigint" && (this.idKind === "uint64" ? id >= 0n : id < 2n ** 63n);
      if (!fits)
        throw new NeuronError(
          "mixed-types",
          `id ${JSON.stringify(String(id))} among ids of ${this.idKind}`,
          { neuron: id },
        );
    }
    if (this.idKind === "text") return entries.map(({ id }) => id as string);
    return BigInt64Array.from(entries, ({ id }) => BigInt.asIntN(64, id as bigint));
  }
}

/** For a table without a row. */
function defaultKind(name: string): ColumnKind {
  if (name === "type") return "text";
  return name.endsWith("_id") ? "int32" : "float32";
}

export function idKindOf(
  entries: Iterable<{ readonly id: NeuronId }>,
): "int64" | "uint64" | "text" {
  let kind: "int64" | "uint64" = "int64";
  for (const { id } of entries) {
    if (typeof id === "string") return "text";
    if (typeof id === "bigint" && id >= 2n ** 63n) kind = "uint64";
  }
  return kind;
}

const encoder = new TextEncoder();

/** The order of the id column in Parquet: numbers by value, texts by their UTF-8 bytes. */
export function compareIds(a: NeuronId, b: NeuronId): number {
  if (typeof a !== "string" || typeof b !== "string") return a < b ? -1 : a > b ? 1 : 0;
  const [left, right] = [encoder.encode(a), encoder.encode(b)];
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const difference = (left[at] as number) - (right[at] as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** A neuron's rows under the names of dialects A and B. */
export function entryOf(neuron: Neuron, withLabel: boolean): Entry {
  const { id, x, y, z, attributes = {} } = neuron;
  const reserved = neuron.kind === "skeleton" ? SKELETON : DOTPROPS;
  for (const name of Object.keys(attributes)) {
    if (reserved.has(name)) {
      throw new NeuronError(
        "invalid-neuron",
        `attribute "${name}" has the name of a column of its own`,
        { neuron: id },
      );
    }
  }
  const columns =
    neuron.kind === "skeleton"
      ? {
          node_id: neuron.nodeId,
          parent_id: neuron.parentId,
          x,
          y,
          z,
          radius: neuron.radius,
          label: withLabel ? neuron.label : undefined,
        }
      : {
          x,
          y,
          z,
          vect_x: neuron.vectors?.x,
          vect_y: neuron.vectors?.y,
          vect_z: neuron.vectors?.z,
          alpha: neuron.alpha,
        };
  return { id, rows: x.length, columns: { ...columns, ...attributes } };
}

const SKELETON: ReadonlySet<string> = new Set(
  "node_id parent_id x y z radius label neuron fragment_id sample_id vect_x vect_y vect_z".split(
    " ",
  ),
);
const DOTPROPS: ReadonlySet<string> = new Set(
  "x y z vect_x vect_y vect_z vec_x vec_y vec_z alpha neuron node_id fragment_id".split(" "),
);

function mixed(column: string, a: ColumnKind, b: ColumnKind, neuron: NeuronId): NeuronError {
  return new NeuronError(
    "mixed-types",
    `column "${column}" is ${a} in one neuron and ${b} in another`,
    { neuron },
  );
}
