import type { Random } from "./random.ts";

type Point = [x: number, y: number, z: number];

/** Paints branching processes that touch as cells do: a voxel goes to the process it is deepest inside. */
export class Neuropil {
  readonly size: number;
  /** A process per voxel, numbered from 1; 0 where there is none. */
  readonly cells: Uint16Array;
  /** How far out in its process a voxel lies: 0 at the centre line, 255 at the membrane. */
  readonly #depths: Uint8Array;
  readonly #random: Random;
  #cell = 0;

  constructor(size: number, random: Random) {
    this.size = size;
    this.cells = new Uint16Array(size ** 3);
    this.#depths = new Uint8Array(size ** 3).fill(255);
    this.#random = random;
  }

  /** Grows one process of about `radius` voxels from a side of the volume, or from its inside. */
  grow(radius: number, branches: number, start: "side" | "inside"): void {
    this.#cell++;
    const random = this.#random;
    const at = [0, 1, 2].map(() => random.next() * this.size) as Point;
    let heading = unit([random.bell(), random.bell(), random.bell()]);
    if (start === "side") {
      const axis = Math.floor(random.next() * 3);
      const far = random.next() < 0.5;
      at[axis] = far ? this.size - 1 : 0;
      heading[axis] = (far ? -1 : 1) * (0.6 + Math.abs(heading[axis] ?? 0));
      heading = unit(heading);
    }
    this.#branch(at, heading, radius, branches, this.size * random.between(1, 1.8));
  }

  /** Lets each process swell by a voxel where it meets no other: what stays free lies between two. */
  swell(): void {
    const { size, cells } = this;
    const before = cells.slice();
    const plane = size * size;
    for (let z = 1; z < size - 1; z++) {
      for (let y = 1; y < size - 1; y++) {
        const row = z * plane + y * size;
        for (let i = row + 1; i < row + size - 1; i++) {
          if (before[i] !== 0) continue;
          let cell = 0;
          let free = true;
          for (const step of [1, -1, size, -size, plane, -plane]) {
            const next = before[i + step] as number;
            if (next === 0) continue;
            if (cell === 0) cell = next;
            else if (cell !== next) free = false;
          }
          if (free) cells[i] = cell;
        }
      }
    }
  }

  #branch(at: Point, heading: Point, radius: number, branches: number, length: number): void {
    const random = this.#random;
    const swelling = random.between(20, 60) + 6 * radius;
    const phase = random.next() * 2 * Math.PI;
    const forks = Array.from({ length: branches }, () => random.between(0.1, 0.8) * length);
    let [x, y, z] = at;
    let turning: Point = [0, 0, 0];
    let way = heading;
    for (let run = 0; run < length; ) {
      const taper = 1 - (0.45 * run) / length;
      const r = radius * taper * (1 + 0.25 * Math.sin(phase + (2 * Math.PI * run) / swelling));
      this.#ball(x, y, z, Math.max(1.4, r));
      const step = Math.max(0.7, r * 0.35);
      turning = mixed(turning, [random.bell(), random.bell(), random.bell()], 0.9, 0.1);
      way = unit(mixed(way, turning, 1, 0.35 * Math.sqrt(step / (radius + 3))));
      [x, y, z] = [x + way[0] * step, y + way[1] * step, z + way[2] * step];
      run += step;
      if (Math.min(x, y, z) < -radius || Math.max(x, y, z) > this.size + radius) return;
      while (forks.length > 0 && Math.min(...forks) < run) {
        forks.splice(forks.indexOf(Math.min(...forks)), 1);
        const side = unit(mixed(way, [random.bell(), random.bell(), random.bell()], 0.7, 0.8));
        const fewer = Math.floor(branches / 2);
        this.#branch([x, y, z], side, r * random.between(0.5, 0.8), fewer, (length - run) * 0.8);
      }
    }
  }

  #ball(cx: number, cy: number, cz: number, radius: number): void {
    const { size, cells } = this;
    const depths = this.#depths;
    const from = (c: number): number => Math.max(0, Math.ceil(c - radius));
    const to = (c: number): number => Math.min(size - 1, Math.floor(c + radius));
    const scale = 255 / (radius * radius);
    for (let z = from(cz); z <= to(cz); z++) {
      for (let y = from(cy); y <= to(cy); y++) {
        const off = (z - cz) ** 2 + (y - cy) ** 2;
        const row = (z * size + y) * size;
        for (let x = from(cx); x <= to(cx); x++) {
          const depth = (off + (x - cx) ** 2) * scale;
          // The outermost shell stays free: extracellular space.
          if (depth >= 240 || depth >= (depths[row + x] as number)) continue;
          depths[row + x] = depth;
          cells[row + x] = this.#cell;
        }
      }
    }
  }
}

function mixed(a: Point, b: Point, s: number, t: number): Point {
  return [a[0] * s + b[0] * t, a[1] * s + b[1] * t, a[2] * s + b[2] * t];
}

function unit(a: Point): Point {
  const length = Math.hypot(...a) || 1;
  return [a[0] / length, a[1] / length, a[2] / length];
}
