import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, expect, test } from "vitest";
import {
  checkNeuron,
  drawPng,
  drawSvg,
  encodeNeurons,
  formatConnectorsCsv,
  openNeurons,
  parseSwc,
  toArrow,
  toDotprops,
  writeAny,
} from "../src/index.ts";
import { all, makeConnectors, makeDotprops, makeSkeleton } from "./arbitrary.ts";

const folder = mkdtempSync(join(tmpdir(), "neurons-finite-"));
afterAll(() => rmSync(folder, { recursive: true }));

const odd = [Number.NaN, Infinity, -Infinity];
const skeleton = (value: number) => {
  const neuron = makeSkeleton(7n, 5);
  neuron.y[3] = value;
  return neuron;
};
const refused = { code: "invalid-neuron", neuron: 7n, row: 3 };

test.each(odd)("the check names neuron, node and row of a coordinate of %s", (value) => {
  expect(checkNeuron(skeleton(value))).toEqual([
    { neuron: 7n, kind: "not-finite", node: 4, row: 3, message: `y of node 4 is ${value}` },
  ]);
  const points = makeDotprops(7n, 5);
  points.z[1] = value;
  expect(checkNeuron(points)).toEqual([
    { neuron: 7n, kind: "not-finite", row: 1, message: `z of point 1 is ${value}` },
  ]);
});

test.each(odd)("a coordinate of %s is refused by every format and by drawing", async (value) => {
  const neuron = skeleton(value);
  for (const name of ["a.parquet", "a.parquet.zip", "a.arrow", "a.swc", "a.zip", "folder"])
    await expect(writeAny(join(folder, name), [neuron]), name).rejects.toMatchObject(refused);
  for (const options of [{ dialect: "neurarrow" }, { format: "precomputed" }] as const)
    await expect(writeAny(join(folder, "b.parquet"), [neuron], options)).rejects.toMatchObject(
      refused,
    );
  expect(readdirSync(folder)).toEqual([]);
  for (const run of [drawSvg, toArrow, ([one]: [typeof neuron]) => toDotprops(one)])
    expect(() => run([neuron])).toThrow(expect.objectContaining(refused));
  await expect(drawPng([neuron])).rejects.toMatchObject(refused);
});

test("it can be written all the same, and a null reads as NaN", async () => {
  const bytes = await encodeNeurons([skeleton(Infinity)], { allowUnreadable: true });
  const back = await (await openNeurons(bytes)).neuron(7n);
  expect(back?.y[3]).toBe(Infinity);
  const columns = { node_id: [1, 2], parent_id: [-1, 1], x: [0, null], y: [0, 1], z: [0, 1] };
  const columnData = Object.entries(columns).map(([name, data]) => ({
    name,
    data,
    type: name.endsWith("id") ? ("INT32" as const) : ("FLOAT" as const),
  }));
  const [read] = await all((await openNeurons(parquetWriteBuffer({ columnData }))).neurons());
  expect(read && checkNeuron(read)).toMatchObject([{ kind: "not-finite", node: 2, row: 1 }]);
});

test("an infinite radius and a connector that stands nowhere are found and refused", async () => {
  const { neuron } = parseSwc("1 1 0 0 0 inf -1\n", { id: 7n });
  expect(checkNeuron(neuron)).toMatchObject([{ kind: "not-finite", node: 1, row: 0 }]);
  await expect(encodeNeurons([neuron])).rejects.toMatchObject({ ...refused, row: 0 });
  const whole = makeSkeleton(7n, 5);
  const connectors = makeConnectors(whole, 3);
  connectors.x[2] = Number.NaN;
  const connected = { ...whole, connectors };
  expect(checkNeuron(connected)).toMatchObject([{ kind: "not-finite", node: 3 }]);
  await expect(encodeNeurons([connected])).rejects.toThrow("x of connector 2 is NaN");
  await expect(all(formatConnectorsCsv([connected]) as never)).rejects.toThrow("is NaN");
});
