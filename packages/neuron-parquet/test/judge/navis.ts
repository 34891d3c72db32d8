import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { judge } from "../../../../test/judge.ts";
import type { Neuron } from "../../src/index.ts";

export const navis: string | undefined = judge("navis");
export const pyarrow: string | undefined = judge("pyarrow");

/** navis 2 is not on PyPI: an interpreter that has it, built from its repository, may be named here. */
export const navis2: string | undefined = process.env.POCADUCK_NAVIS2;

export interface Answer {
  answer?: Described[];
  error?: string;
}

export interface Described {
  id: string;
  [fact: string]: unknown;
}

/** Runs tasks in one process of navis, which takes seconds to start. */
export function askNavis(tasks: readonly object[], python: string | undefined = navis): Answer[] {
  return askPython(python, "navis_judge.py", tasks) as Answer[];
}

export function askPython(python: string | undefined, script: string, tasks: unknown): unknown {
  const { stdout, stderr, status } = spawnSync(python ?? "", [join(import.meta.dirname, script)], {
    input: JSON.stringify(tasks),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${script} failed:\n${stderr}`);
  return JSON.parse(stdout.slice(stdout.lastIndexOf("\n", stdout.length - 2) + 1));
}

/** What navis should say of a neuron. */
export function describeNeuron(neuron: Neuron): Described {
  const { id, x, y, z } = neuron;
  const shared = {
    id: String(id),
    idType: typeof id === "bigint" ? "int" : "str",
    name: neuron.name ?? null,
    units: typeof neuron.units === "string" ? neuron.units : "1 dimensionless",
    xyz: hash(interleave(x, y, z)),
  };
  if (neuron.kind === "dotprops") {
    const { vectors, alpha, k } = neuron;
    return {
      ...shared,
      class: "Dotprops",
      k: String(k ?? 5),
      ...(vectors ? { vect: hash(interleave(vectors.x, vectors.y, vectors.z)) } : {}),
      ...(alpha ? { alpha: hash(Float64Array.from(alpha)) } : {}),
    };
  }
  const { soma, radius } = neuron;
  return {
    ...shared,
    class: "TreeNeuron",
    soma: soma?.[0] === undefined ? null : Number(soma[0]),
    nodeId: hash(BigInt64Array.from(neuron.nodeId as Int32Array, BigInt)),
    parentId: hash(BigInt64Array.from(neuron.parentId as Int32Array, BigInt)),
    ...(radius
      ? { radius: hash(Float64Array.from(radius, (r) => (Number.isNaN(r) ? -1 : r))) }
      : {}),
  };
}

function interleave(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  z: ArrayLike<number>,
): Float64Array {
  const out = new Float64Array(x.length * 3);
  for (let row = 0; row < x.length; row++) {
    out.set([x[row] as number, y[row] as number, z[row] as number], row * 3);
  }
  return out;
}

function hash(array: Float64Array | BigInt64Array): string {
  return createHash("sha256").update(new Uint8Array(array.buffer)).digest("hex");
}
