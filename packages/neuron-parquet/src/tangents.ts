import { anInteger, checkArgument, neuronRule } from "./check-options.ts";
import { NeuronError } from "./errors.ts";
import { leftOut } from "./left-out.ts";
import type { Dotprops, Neuron, NeuronMetadata, Warning } from "./model.ts";
import { NearestPoints } from "./nearest.ts";
import { originOf, withOrigin } from "./origin.ts";

export interface Points {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly z: ArrayLike<number>;
}

/**
 * Dotprops of points: at each the direction along which its k nearest spread most, as the singular value decomposition of those
 * points gives it, and alpha, how much more they spread so than across. The sign of a direction has no meaning.
 */
export function makeDotprops(metadata: NeuronMetadata, points: Points, k = 20): Dotprops {
  checkArgument("k", k, anInteger(2));
  for (const axis of ["x", "y", "z"] as const) {
    const row = Array.prototype.findIndex.call(points[axis], (value) => !Number.isFinite(value));
    if (row < 0) continue;
    const message = `${axis} of point ${row} is ${points[axis][row]}`;
    throw new NeuronError("invalid-neuron", message, { neuron: metadata.id, row });
  }
  const rows = points.x.length;
  const nearest = new NearestPoints(points.x, points.y, points.z, Math.min(k, Math.max(rows, 1)));
  const vectors = {
    x: new Float32Array(rows),
    y: new Float32Array(rows),
    z: new Float32Array(rows),
  };
  const alpha = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const { values, direction } = spread(points, nearest.of(row));
    [vectors.x[row], vectors.y[row], vectors.z[row]] = direction;
    const sum = values[0] + values[1] + values[2];
    alpha[row] = sum === 0 ? 0 : (values[0] - values[1]) / sum;
  }
  const { id, name, units, properties } = metadata;
  return {
    kind: "dotprops",
    id,
    ...(name === undefined ? {} : { name }),
    ...(units === undefined ? {} : { units }),
    ...(properties === undefined ? {} : { properties }),
    k,
    x: Float32Array.from(points.x),
    y: Float32Array.from(points.y),
    z: Float32Array.from(points.z),
    vectors,
    alpha,
  };
}

/** Dotprops of a skeleton's nodes, with its further columns and connectors; what else a skeleton has is told. */
export function toDotprops(
  neuron: Neuron,
  k = 20,
  onWarning: (warning: Warning) => void = () => {},
): Dotprops {
  checkArgument("neuron", neuron, neuronRule);
  const { attributes, connectors } = neuron;
  for (const warning of leftOut(neuron, "a dotprops", ["radii", "labels", "soma"]))
    onWarning(warning);
  const dotprops = {
    ...makeDotprops(neuron, neuron, k),
    ...(attributes ? { attributes } : {}),
    ...(connectors ? { connectors } : {}),
  };
  return withOrigin(dotprops, originOf(neuron));
}

type Three = [number, number, number];

/** Eigenvalues, the largest first, of the scatter of some points, and the direction of the largest. */
function spread({ x, y, z }: Points, rows: Int32Array): { values: Three; direction: Three } {
  let [mx, my, mz] = [0, 0, 0];
  for (const row of rows) {
    mx += x[row] as number;
    my += y[row] as number;
    mz += z[row] as number;
  }
  mx /= rows.length;
  my /= rows.length;
  mz /= rows.length;
  let [xx, xy, xz, yy, yz, zz] = [0, 0, 0, 0, 0, 0];
  for (const row of rows) {
    const dx = (x[row] as number) - mx;
    const dy = (y[row] as number) - my;
    const dz = (z[row] as number) - mz;
    xx += dx * dx;
    xy += dx * dy;
    xz += dx * dz;
    yy += dy * dy;
    yz += dy * dz;
    zz += dz * dz;
  }
  return eigen([xx, xy, xz, xy, yy, yz, xz, yz, zz]);
}

const SWEEPS = 12;

/** Eigenvalues and first eigenvector of a symmetric 3×3 matrix, by Jacobi's rotations: exact to the last bits, and never stuck. */
function eigen(a: number[]): { values: Three; direction: Three } {
  const v = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const get = (m: number[], row: number, column: number): number => m[row * 3 + column] as number;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    if (Math.abs(get(a, 0, 1)) + Math.abs(get(a, 0, 2)) + Math.abs(get(a, 1, 2)) === 0) break;
    for (const [p, q] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      const off = get(a, p, q);
      if (off === 0) continue;
      const theta = (get(a, q, q) - get(a, p, p)) / (2 * off);
      const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
      const c = 1 / Math.sqrt(t * t + 1);
      const s = t * c;
      for (let i = 0; i < 3; i++) {
        const [ip, iq] = [get(a, i, p), get(a, i, q)];
        a[i * 3 + p] = c * ip - s * iq;
        a[i * 3 + q] = s * ip + c * iq;
      }
      for (let i = 0; i < 3; i++) {
        const [pi, qi] = [get(a, p, i), get(a, q, i)];
        a[p * 3 + i] = c * pi - s * qi;
        a[q * 3 + i] = s * pi + c * qi;
        const [vp, vq] = [get(v, i, p), get(v, i, q)];
        v[i * 3 + p] = c * vp - s * vq;
        v[i * 3 + q] = s * vp + c * vq;
      }
    }
  }
  const order = [0, 1, 2].sort((i, j) => get(a, j, j) - get(a, i, i)) as Three;
  const value = (at: 0 | 1 | 2): number => Math.max(0, get(a, order[at], order[at]));
  const first = order[0];
  return {
    values: [value(0), value(1), value(2)],
    direction: [get(v, 0, first), get(v, 1, first), get(v, 2, first)],
  };
}
