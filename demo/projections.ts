import { writeFile } from "node:fs/promises";
import { encodePng } from "./png.ts";
import { View } from "./view.ts";

export interface ProjectionOptions {
  /** Voxels along x, y, z of the frame to draw; by default it fits the points. */
  shape?: readonly [number, number, number];
}

const viewPixels = 512;
const margin = 24;
const background: Rgb = [13, 17, 23];
const frame: Rgb = [48, 54, 61];

type Rgb = readonly [red: number, green: number, blue: number];

/**
 * Draws a cloud from three sides into one PNG: x to the right and y down, to its right the same seen along x,
 * below it seen along y. Near is bright, far is dark. `positions` is x, y, z triples.
 */
export async function drawProjections(
  positions: ArrayLike<number>,
  path: string,
  { shape }: ProjectionOptions = {},
): Promise<void> {
  const [low, size] = shape ? [[0, 0, 0] as const, shape] : bounds(positions);
  const scale = viewPixels / Math.max(...size);
  const [width, height, depth] = size.map((n) => Math.max(1, Math.round(n * scale))) as [
    number,
    number,
    number,
  ];
  const xy = new View(width, height);
  const zy = new View(depth, height);
  const xz = new View(width, depth);
  for (let i = 0; i + 2 < positions.length; i += 3) {
    const x = ((positions[i] as number) - low[0] + 0.5) * scale;
    const y = ((positions[i + 1] as number) - low[1] + 0.5) * scale;
    const z = ((positions[i + 2] as number) - low[2] + 0.5) * scale;
    xy.add(x, y, z, scale);
    zy.add(z, y, width - x, scale);
    xz.add(x, z, height - y, scale);
  }
  const sheet = new Sheet(3 * margin + width + depth, 3 * margin + height + depth);
  sheet.place(xy, margin, margin, depth);
  sheet.place(zy, 2 * margin + width, margin, width);
  sheet.place(xz, margin, 2 * margin + height, height);
  await writeFile(path, encodePng(sheet.width, sheet.height, sheet.rgb));
}

class Sheet {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.rgb = new Uint8Array(width * height * 3);
    for (let i = 0; i < width * height; i++) this.rgb.set(background, i * 3);
  }

  /** Paints a view whose depths run to `far`, in a frame. */
  place(view: View, left: number, top: number, far: number): void {
    for (let y = -1; y <= view.height; y++) {
      for (let x = -1; x <= view.width; x++) {
        const edge = x < 0 || y < 0 || x === view.width || y === view.height;
        const light = edge ? 0 : view.light(x, y);
        const color = light > 0 ? tint(view.depth(x, y) / far, light) : background;
        this.rgb.set(edge ? frame : color, ((top + y) * this.width + left + x) * 3);
      }
    }
  }
}

const ramp: readonly Rgb[] = [
  [255, 240, 190],
  [253, 174, 97],
  [229, 92, 104],
  [140, 60, 150],
  [62, 62, 140],
];

/** From warm and bright at 0 to cold and dark at 1. */
function tint(depth: number, light: number): Rgb {
  const at = Math.min(0.999, Math.max(0, depth)) * (ramp.length - 1);
  const [near, far] = [ramp[Math.floor(at)], ramp[Math.floor(at) + 1]] as [Rgb, Rgb];
  const part = at % 1;
  const mixed = (i: 0 | 1 | 2): number => (near[i] * (1 - part) + far[i] * part) * light;
  return [mixed(0), mixed(1), mixed(2)];
}

type Extent = readonly [number, number, number];

function bounds(positions: ArrayLike<number>): [low: Extent, size: Extent] {
  const low: [number, number, number] = [Infinity, Infinity, Infinity];
  const high: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i++) {
    const axis = (i % 3) as 0 | 1 | 2;
    low[axis] = Math.min(low[axis], positions[i] as number);
    high[axis] = Math.max(high[axis], positions[i] as number);
  }
  if (positions.length < 3)
    return [
      [0, 0, 0],
      [1, 1, 1],
    ];
  return [low, [high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1]];
}
