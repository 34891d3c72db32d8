import { cellAt } from "./attribute.ts";
import { aText, checkArgument } from "./check-options.ts";
import { NeuronError } from "./errors.ts";
import { assertFiniteConnectors } from "./finite.ts";
import type {
  Attribute,
  AttributeValues,
  Connectors,
  Coordinates,
  Neuron,
  NeuronId,
  NodeIds,
  Warning,
} from "./model.ts";
import { idOf } from "./swc/swc-meta.ts";

const KNOWN = ["connector_id", "node_id", "type", "x", "y", "z", "neuron"];

/**
 * Connectors from CSV with a header: `connector_id`, `node_id`, `type`, `x`, `y`, `z`, and further columns kept as they are.
 * Grouped by a column `neuron`; without one, all belong to `neuron`.
 * @throws {NeuronError} `invalid-input` with the line.
 */
export function parseConnectorsCsv(
  text: string,
  { neuron, file }: { neuron?: NeuronId; file?: string } = {},
): Map<NeuronId, Connectors> {
  checkArgument("text", text, aText);
  const table = parseCsv(text, file);
  const [header = [], ...rows] = table.rows;
  const lines = table.lines.slice(1);
  const at = (name: string): number => header.indexOf(name);
  for (const name of KNOWN.slice(0, 6)) {
    if (at(name) < 0)
      throw new NeuronError("invalid-input", `has no column "${name}"`, { file, row: 1 });
  }
  if (at("neuron") < 0 && neuron === undefined) {
    throw new NeuronError("invalid-input", 'has no column "neuron"', { file, row: 1 });
  }
  const groups = new Map<NeuronId, number[]>();
  for (const [row, cells] of rows.entries()) {
    if (cells.length !== header.length) {
      const message = `has ${cells.length} cells, the header ${header.length}`;
      throw new NeuronError("invalid-input", message, { file, row: lines[row] });
    }
    const id = at("neuron") < 0 ? (neuron as NeuronId) : idOf(cells[at("neuron")]);
    if (id === "")
      throw new NeuronError("invalid-input", "names no neuron", { file, row: lines[row] });
    const group = groups.get(id);
    if (group) group.push(row);
    else groups.set(id, [row]);
  }
  const extras = header.filter((name) => name !== "" && !KNOWN.includes(name));
  const column = (name: string): string[] => rows.map((cells) => cells[at(name)] ?? "");
  const parse = <T>(name: string, one: (cell: string) => T | undefined, what: string): T[] =>
    column(name).map((cell, row) => {
      const value = cell.trim() === "" ? undefined : one(cell.trim());
      if (value !== undefined) return value;
      const message = `${name} is ${JSON.stringify(cell)}, expected ${what}`;
      throw new NeuronError("invalid-input", message, { file, row: lines[row] });
    });
  const ids = ["connector_id", "node_id"].map((name) => parse(name, integer, "an integer"));
  const places = ["x", "y", "z"].map((name) => parse(name, finite, "a number"));
  // The types are those of the whole table: a file cannot have others for each neuron.
  const isSingle = places.every((values) => values.every((value) => Math.fround(value) === value));
  const types = column("type");
  const isCoded = types.every((type) => /^\d$/.test(type));
  const attributes = extras.map((name): [string, AttributeValues] => [name, typed(column(name))]);
  const out = new Map<NeuronId, Connectors>();
  for (const [id, own] of groups) {
    const [connectorId, nodeId] = ids.map((values) =>
      integers(own.map((row) => values[row] ?? 0n)),
    );
    const [x, y, z] = places.map((values) => {
      const list = own.map((row) => values[row] as number);
      return isSingle ? Float32Array.from(list) : Float64Array.from(list);
    });
    const kinds = own.map((row) => types[row] ?? "");
    out.set(id, {
      connectorId: connectorId as NodeIds,
      nodeId: nodeId as NodeIds,
      type: isCoded ? Int32Array.from(kinds, Number) : kinds,
      x: x as Coordinates,
      y: y as Coordinates,
      z: z as Coordinates,
      ...(extras.length === 0
        ? {}
        : {
            attributes: Object.fromEntries(attributes.map(([name, all]) => [name, pick(all, own)])),
          }),
    });
  }
  return out;
}

function integer(cell: string): bigint | undefined {
  if (!/^[-+]?\d+(\.0*)?$/.test(cell)) return undefined;
  const value = BigInt(cell.replace(/^\+|\.0*$/g, ""));
  return value === BigInt.asIntN(64, value) ? value : undefined;
}

function finite(cell: string): number | undefined {
  const value = Number(cell);
  return Number.isFinite(value) ? value : undefined;
}

function integers(values: readonly bigint[]): Int32Array | BigInt64Array {
  if (values.every((value) => value === BigInt.asIntN(32, value)))
    return Int32Array.from(values, Number);
  return BigInt64Array.from(values);
}

function pick(values: AttributeValues, rows: readonly number[]): AttributeValues {
  return values instanceof Float64Array
    ? Float64Array.from(rows, (row) => values[row] as number)
    : rows.map((row) => String(values[row]));
}

/** Numbers where every cell is one or empty, else texts. */
function typed(cells: readonly string[]): AttributeValues {
  const isNumber = cells.every(
    (cell) => cell === "" || (cell.trim() !== "" && !Number.isNaN(Number(cell))),
  );
  if (!isNumber || cells.every((cell) => cell === "")) return [...cells];
  return Float64Array.from(cells, (cell) => (cell === "" ? Number.NaN : Number(cell)));
}

/** Cells of a CSV text, and the line that each row begins on: quotes, doubled quotes, line ends of any kind. */
function parseCsv(text: string, file: string | undefined): { rows: string[][]; lines: number[] } {
  const rows: string[][] = [];
  const lines: number[] = [];
  let row: string[] = [];
  let line = 1;
  let first = 1;
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/gy;
  cell.lastIndex = text.startsWith("\ufeff") ? 1 : 0;
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text);
    if (!match) {
      const message = "has a quote that does not end, or stands inside a cell";
      throw new NeuronError("invalid-input", message, { file, row: line });
    }
    line += match[0].match(/\r\n|\n|\r/g)?.length ?? 0;
    row.push(match[1] === undefined ? (match[2] ?? "") : match[1].replaceAll('""', '"'));
    if (match[3] === ",") {
      if (cell.lastIndex === text.length) row.push("");
      else continue;
    }
    if (row.length > 1 || row[0] !== "") {
      rows.push(row);
      lines.push(first);
    }
    row = [];
    first = line;
  }
  return { rows, lines };
}

/**
 * CSV lines of the connectors of neurons; the further columns are those of the first neuron that has connectors. Told: columns that come
 * up later, and at the end how many neurons had no connectors.
 */
export async function* formatConnectorsCsv(
  neurons: Iterable<Neuron> | AsyncIterable<Neuron>,
  { onWarning = () => {} }: { onWarning?: (warning: Warning) => void } = {},
): AsyncGenerator<string, void, undefined> {
  let without = 0;
  let extras: string[] | undefined;
  for await (const neuron of neurons) {
    const { id, connectors } = neuron;
    if (!connectors || connectors.connectorId.length === 0) {
      without++;
      continue;
    }
    assertFiniteConnectors(neuron);
    const { connectorId, nodeId, type, x, y, z, attributes = {} } = connectors;
    if (!extras) {
      extras = Object.keys(attributes);
      yield `${[...KNOWN, ...extras].map(quoted).join(",")}\n`;
    }
    const names = extras;
    const late = Object.keys(attributes).filter((name) => !names.includes(name));
    if (late.length > 0)
      onWarning({
        neuron: id,
        message: `left out ${late.length} columns of its connectors, which the first neuron lacks: ${late.join(", ")}`,
      });
    const lines: string[] = [];
    for (let row = 0; row < connectorId.length; row++) {
      const own = names.map((name) => cell(attributes[name], row));
      const cells = [connectorId[row], nodeId[row], type[row], x[row], y[row], z[row], id, ...own];
      lines.push(`${cells.map(quoted).join(",")}\n`);
    }
    yield lines.join("");
  }
  if (!extras) yield `${KNOWN.join(",")}\n`;
  if (without > 0)
    onWarning({ message: `${without} neurons have no connectors: no line is theirs` });
}

function cell(attribute: Attribute | undefined, row: number): unknown {
  return attribute && cellAt(attribute, row);
}

function quoted(value: unknown): string {
  const text = value === undefined || value === null || Number.isNaN(value) ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
