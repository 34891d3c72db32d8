import type { ExportPlan } from "./plan/plan.ts";
import type { Task } from "./plan/task.ts";
import type { Manifest } from "./sinks/manifest.ts";
import type { Receipt } from "./sinks/sink.ts";

/** What workers and the service say to each other: JSON, in and out of the actions of Flight that these name. */
export interface Actions {
  /** Waits up to some seconds for work. */
  lease: { request: LeaseRequest; answer: Work };
  /** Says that the holder lives. */
  renew: { request: { lease: string }; answer: { valid: boolean } };
  /** Says that the sink has committed. */
  acknowledge: {
    request: { lease: string; task: string; receipt?: Receipt; moved?: boolean };
    answer: { first: boolean };
  };
  /** Gives a lease back. A worker that `leaves` is not to blame, and no task of it either. */
  fail: {
    request: { lease: string; reason: string; leaves: boolean; code?: string };
    answer: object;
  };
}

export interface LeaseRequest {
  worker: string;
  /** An export that the worker's sink has begun: a service that knows of none goes on with it. */
  unfinished?: ExportPlan;
}

export type Work =
  | {
      kind: "task";
      lease: string;
      leaseMs: number;
      plan: ExportPlan;
      task: Task;
      /** Of DoGet, as UTF-8. */
      ticket: string;
    }
  | { kind: "finish"; lease: string; leaseMs: number; plan: ExportPlan; manifest: Manifest }
  | { kind: "discard"; lease: string; leaseMs: number; plan: ExportPlan }
  | { kind: "idle" }
  /** The service is about to end. */
  | { kind: "end" };

/**
 * Bytes of the largest message: a block of which no two voxels are alike has two lists of 2 MiB in its row, and blocks
 * may be larger than 64³. Others are some 1 MiB.
 */
export const maxMessageSize: number = 2 ** 26;

/** The last message of a task's rows, as metadata. */
export interface RowsEnd {
  rows: number;
  digest: string;
}

export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** @throws {SyntaxError} */
export function decodeJson<T>(bytes: Uint8Array): T {
  return JSON.parse(new TextDecoder().decode(bytes)) as T;
}
