import { cellAt } from "./attribute.ts";
import { NeuronError } from "./errors.ts";
import { assertFiniteConnectors } from "./finite.ts";
import type { Attribute, Connectors, Neuron, NeuronId } from "./model.ts";
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
  const [header = [], ...rows] = parseCsv(text, file);
  const at = (name: string): number => header.indexOf(name);
  for (const name of KNOWN.slice(0, 6)) {
    if (at(name) < 0)
      throw new NeuronError("invalid-input", `has no column "${name}"`, { file, row: 1 });
  }
  if (at("neuron") < 0 && neuron === undefined) {
    throw new NeuronError("invalid-input", 'has no column "neuron"', { file, row: 1 });
  }
  const groups = new Map<NeuronId, { cells: string[]; line: number }[]>();
  for (const [index, cells] of rows.entries()) {
    const line = index + 2;
    if (cells.length !== header.length) {
      throw new NeuronError(
        "invalid-input",
        `has ${cells.length} cells, the header ${header.length}`,
        { file, row: line },
      );
    }
    const id = at("neuron") < 0 ? (neuron as NeuronId) : idOf(cells[at("neuron")]);
    const group = groups.get(id);
    if (group) group.push({ cells, line });
    else groups.set(id, [{ cells, line }]);
  }
  const extras = header.filter((name) => name !== "" && !KNOWN.includes(name));
  const out = new Map<NeuronId, Connectors>();
  for (const [id, group] of groups) {
    const column = (name: string): string[] => group.map(({ cells }) => cells[at(name)] ?? "");
    const numbers = (name: string): number[] =>
      column(name).map((cell, row) => {
        const value = Number(cell);
        if (cell.trim() !== "" && !Number.isNaN(value)) return value;
        throw new NeuronError("invalid-input", `${name} is ${JSON.stringify(cell)}`, {
          file,
          row: group[row]?.line,
        });
      });
    const integers = (name: string): Int32Array | BigInt64Array => {
      const values = numbers(name);
      if (values.every((value) => value === (value | 0))) return Int32Array.from(values);
      return BigInt64Array.from(column(name), (cell) => BigInt(cell.trim()));
    };
    const types = column("type");
    out.set(id, {
      connectorId: integers("connector_id"),
      nodeId: integers("node_id"),
      type: types.every((type) => /^\d$/.test(type)) ? Int32Array.from(types, Number) : types,
      x: Float32Array.from(numbers("x")),
      y: Float32Array.from(numbers("y")),
      z: Float32Array.from(numbers("z")),
      ...(extras.length === 0
        ? {}
        : { attributes: Object.fromEntries(extras.map((name) => [name, typed(column(name))])) }),
    });
  }
  return out;
}

/** Numbers where every cell is one or empty, else texts. */
function typed(cells: readonly string[]): Attribute {
  const isNumber = cells.every(
    (cell) => cell === "" || (cell.trim() !== "" && !Number.isNaN(Number(cell))),
  );
  if (!isNumber || cells.every((cell) => cell === "")) return [...cells];
  return Float64Array.from(cells, (cell) => (cell === "" ? Number.NaN : Number(cell)));
}

/** Cells of a CSV text: quotes, doubled quotes, line ends of any kind. */
function parseCsv(text: string, file: string | undefined): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/gy;
  cell.lastIndex = text.startsWith("\ufeff") ? 1 : 0;
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text);
    if (!match)
      throw new NeuronError("invalid-input", "has a quote that does not end", {
        file,
        row: rows.length + 1,
      });
    row.push(match[1] === undefined ? (match[2] ?? "") : match[1].replaceAll('""', '"'));
    if (match[3] === ",") {
      if (cell.lastIndex === text.length) row.push("");
      else continue;
    }
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  }
  return rows;
}

/** CSV lines of the connectors of neurons; the further columns are those of the first neuron that has connectors. */
export async function* formatConnectorsCsv(
  neurons: Iterable<Neuron> | AsyncIterable<Neuron>,
): AsyncGenerator<string, void, undefined> {
  let extras: string[] | undefined;
  for await (const { id, connectors } of neurons) {
    if (!connectors || connectors.connectorId.length === 0) continue;
    assertFiniteConnectors(connectors, id);
    const { connectorId, nodeId, type, x, y, z, attributes = {} } = connectors;
    if (!extras) {
      extras = Object.keys(attributes);
      yield `${[...KNOWN, ...extras].map(quoted).join(",")}\n`;
    }
    const names = extras;
    const lines: string[] = [];
    for (let row = 0; row < connectorId.length; row++) {
      const own = names.map((name) => cell(attributes[name], row));
      const cells = [connectorId[row], nodeId[row], type[row], x[row], y[row], z[row], id, ...own];
      lines.push(`${cells.map(quoted).join(",")}\n`);
    }
    yield lines.join("");
  }
  if (!extras) yield `${KNOWN.join(",")}\n`;
}

function cell(attribute: Attribute | undefined, row: number): unknown {
  return attribute && cellAt(attribute, row);
}

function quoted(value: unknown): string {
  const text = value === undefined || value === null || Number.isNaN(value) ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
