import {
  aNumber,
  anInteger,
  checkArgument,
  checkOptions,
  neuronRule,
  neuronsRule,
  oneOf,
  type Rules,
} from "./check-options.ts";
import { assertFinite } from "./finite.ts";
import type { Coordinates, Neuron } from "./model.ts";
import { encodePng } from "./png.ts";
import { parentRows } from "./swc/swc-write.ts";

export interface DrawOptions {
  /** Which axes go right and down. Default `xy`. */
  view?: "xy" | "xz" | "yz" | "yx" | "zx" | "zy";
  /** Pixels of the longer side. Default 1024. */
  size?: number;
  /** Pixels of a line. Default 1.5. */
  width?: number;
  /** A CSS colour of the form #rrggbb. Default white. */
  background?: string;
}

const drawRules: Rules<DrawOptions> = {
  view: oneOf("xy", "xz", "yz", "yx", "zx", "zy"),
  size: anInteger(16, 16_384),
  width: aNumber(0, true),
  background: {
    expected: "a colour of the form #rrggbb",
    fits: (value) => typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value),
  },
};

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly line: number;
  readonly background: string;
  readonly shapes: readonly Shape[];
}

interface Shape {
  readonly color: string;
  /** x1, y1, x2, y2 of each edge; of points both ends are one. */
  readonly edges: Float64Array;
  readonly soma: readonly [x: number, y: number, r: number] | undefined;
}

/** Colours that stay apart for the colour-blind, after Okabe and Ito. */
const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
const MARGIN = 12;

/** A picture as SVG: a path a neuron, the soma a disc. */
export function drawSvg(neurons: readonly Neuron[], options: DrawOptions = {}): string {
  const { width, height, line, background, shapes } = layOut(neurons, options);
  const round = (value: number): string => String(Math.round(value * 10) / 10);
  const body = shapes.map(({ color, edges, soma }) => {
    const path: string[] = [];
    for (let at = 0; at < edges.length; at += 4) {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = edges.subarray(at, at + 4);
      path.push(`M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}`);
    }
    const disc = soma
      ? `<circle cx="${round(soma[0])}" cy="${round(soma[1])}" r="${round(soma[2])}" fill="${color}"/>`
      : "";
    return `<path d="${path.join("")}" stroke="${color}"/>${disc}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><rect width="100%" height="100%" fill="${background}"/><g fill="none" stroke-width="${line}" stroke-linecap="round">${body.join("")}</g></svg>\n`;
}

/** The same picture as PNG. */
export async function drawPng(
  neurons: readonly Neuron[],
  options: DrawOptions = {},
): Promise<Uint8Array> {
  const { width, height, line, background, shapes } = layOut(neurons, options);
  const pixels = new Uint8Array(width * height * 4);
  const back = rgb(background);
  for (let at = 0; at < pixels.length; at += 4) pixels.set([...back, 255], at);
  for (const { color, edges, soma } of shapes) {
    const ink = rgb(color);
    for (let at = 0; at < edges.length; at += 4)
      stroke(pixels, width, height, edges.subarray(at, at + 4), line / 2, ink);
    if (soma)
      stroke(
        pixels,
        width,
        height,
        Float64Array.of(soma[0], soma[1], soma[0], soma[1]),
        soma[2],
        ink,
      );
  }
  return encodePng(pixels, width, height);
}

function layOut(neurons: readonly Neuron[], options: DrawOptions): Picture {
  checkArgument("neurons", neurons, {
    ...neuronsRule,
    expected: "a list of neurons",
    fits: Array.isArray,
  });
  for (const neuron of neurons) checkArgument("neurons", neuron, neuronRule);
  checkOptions(options, drawRules);
  const { view = "xy", size = 1024, width: line = 1.5, background = "#ffffff" } = options;
  for (const neuron of neurons) assertFinite(neuron);
  const [right, down] = [view[0] as "x" | "y" | "z", view[1] as "x" | "y" | "z"];
  const [minX, maxX] = extent(neurons.map((neuron) => neuron[right]));
  const [minY, maxY] = extent(neurons.map((neuron) => neuron[down]));
  const scale = (size - 2 * MARGIN) / Math.max(maxX - minX, maxY - minY, 1e-9);
  const shapes = neurons.map((neuron, at): Shape => {
    const color = COLORS[at % COLORS.length] as string;
    const px = (row: number): number => ((neuron[right][row] as number) - minX) * scale + MARGIN;
    const py = (row: number): number => ((neuron[down][row] as number) - minY) * scale + MARGIN;
    const parents =
      neuron.kind === "skeleton" ? parentRows(neuron.nodeId, neuron.parentId) : undefined;
    const edges = new Float64Array(neuron.x.length * 4);
    for (let row = 0; row < neuron.x.length; row++) {
      const parent = parents?.[row] ?? row;
      const end = parent < 0 ? row : parent;
      edges.set([px(row), py(row), px(end), py(end)], row * 4);
    }
    return { color, edges, soma: somaOf(neuron, px, py, scale) };
  });
  const side = (from: number, to: number): number =>
    Math.max(1, Math.ceil((to - from) * scale + 2 * MARGIN));
  return { width: side(minX, maxX), height: side(minY, maxY), line, background, shapes };
}

function somaOf(
  neuron: Neuron,
  px: (row: number) => number,
  py: (row: number) => number,
  scale: number,
): Shape["soma"] {
  const [soma] = neuron.soma ?? [];
  if (neuron.kind !== "skeleton" || soma === undefined) return undefined;
  const row = [...neuron.nodeId].findIndex(
    (node: number | bigint) => String(node) === String(soma),
  );
  if (row < 0) return undefined;
  const radius = neuron.radius?.[row];
  return [
    px(row),
    py(row),
    Math.max(3, radius === undefined || Number.isNaN(radius) ? 0 : radius * scale),
  ];
}

function extent(lists: readonly Coordinates[]): [min: number, max: number] {
  let min = Infinity;
  let max = -Infinity;
  for (const values of lists) {
    for (const value of values) {
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return min > max ? [0, 1] : [min, max];
}

function rgb(color: string): [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Draws a line of round ends, its edge faded over one pixel. */
function stroke(
  pixels: Uint8Array,
  width: number,
  height: number,
  edge: Float64Array,
  half: number,
  ink: readonly [number, number, number],
): void {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = edge;
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = dx * dx + dy * dy;
  const reach = half + 1;
  const top = Math.max(0, Math.floor(Math.min(y1, y2) - reach));
  const bottom = Math.min(height - 1, Math.ceil(Math.max(y1, y2) + reach));
  for (let y = top; y <= bottom; y++) {
    // The part of the line that is near this row: a long one would else cost its whole box.
    const near = (row: number): number =>
      dy === 0 ? (row < y1 ? 0 : 1) : Math.min(1, Math.max(0, (row - y1) / dy));
    const [xa, xb] = [x1 + near(y - reach) * dx, x1 + near(y + reach) * dx];
    const left = Math.max(0, Math.floor(Math.min(xa, xb) - reach));
    const right = Math.min(width - 1, Math.ceil(Math.max(xa, xb) + reach));
    for (let x = left; x <= right; x++) {
      const t =
        length === 0 ? 0 : Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / length));
      const distance = Math.hypot(x - x1 - t * dx, y - y1 - t * dy);
      const cover = Math.min(1, Math.max(0, half + 0.5 - distance));
      if (cover === 0) continue;
      const at = (y * width + x) * 4;
      for (let channel = 0; channel < 3; channel++) {
        const old = pixels[at + channel] as number;
        pixels[at + channel] = old + ((ink[channel] as number) - old) * cover;
      }
    }
  }
}
