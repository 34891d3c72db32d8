/** What a process ends with. Only `done` means that everything asked for was done. */
export const exitCodes = {
  done: 0,
  /** Part or all of what was asked for was not done. */
  failed: 1,
  /** The command line itself is wrong; nothing was tried. */
  usage: 2,
  /** A dataset, volume, label or version that is not there. */
  notFound: 3,
  /** Stored bytes are damaged, or of a newer format. */
  unreadable: 4,
  /** Another process won, or data contradicts what is stored. */
  conflict: 5,
  /** The store refused or did not answer. */
  unavailable: 6,
  /** 128 + the signal's number, as shells have it. */
  interrupted: 130,
  /** Likewise: who read standard output has gone. */
  closedPipe: 141,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const errorCodes: Readonly<Partial<Record<keyof typeof exitCodes, readonly string[]>>> = {
  usage: [
    "ambiguous",
    "invalid-config",
    "invalid-query",
    "invalid-url",
    "missing-package",
    "unlocked",
  ],
  notFound: ["not-found", "unpublished", "unknown-version", "unknown-block"],
  unreadable: [
    "corrupt",
    "empty",
    "invalid-metadata",
    "truncated",
    "not-parquet",
    "unsupported",
    "unsupported-version",
  ],
  conflict: ["busy", "committed", "conflict", "exists", "other-export"],
  unavailable: [
    "forbidden",
    "full",
    "no-workers",
    "read-only",
    "rejected",
    "timeout",
    "unauthenticated",
    "unavailable",
    "unknown-outcome",
  ],
};

/** Codes of neurons that others have too and mean otherwise, or do not have. */
const neuronCodes: Readonly<Record<string, ExitCode>> = {
  "invalid-input": exitCodes.unreadable,
  "invalid-swc": exitCodes.unreadable,
  "null-neuron": exitCodes.unreadable,
  "too-large": exitCodes.unreadable,
  "unsafe-archive": exitCodes.unreadable,
  "wrong-columns": exitCodes.unreadable,
  // Of what is written.
  "invalid-metadata": exitCodes.failed,
  unreadable: exitCodes.unavailable,
};

const byErrorCode = new Map(
  Object.entries(errorCodes).flatMap(([exit, codes]) =>
    codes.map((code) => [code, exitCodes[exit as keyof typeof exitCodes]]),
  ),
);

/** Error codes mean the same in every package, but for one. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof Error)) return exitCodes.failed;
  if (error instanceof CommandError) return exitCodes[error.exit];
  if (error.name === "AbortError") return exitCodes.interrupted;
  const code = "code" in error ? String(error.code) : "";
  // Of a store it is the server that lacks something; of all else what was read.
  if (error.name === "StoreError" && code === "unsupported") return exitCodes.unavailable;
  const ofNeuron = error.name === "NeuronError" ? neuronCodes[code] : undefined;
  if (ofNeuron !== undefined) return ofNeuron;
  return byErrorCode.get(code) ?? exitCodes.failed;
}

/** What a code stands for that came as text, from another process or in a status. */
export function exitOf(code: string | undefined): Exclude<keyof typeof exitCodes, "done"> {
  const exits = Object.entries(errorCodes) as [keyof typeof errorCodes, readonly string[]][];
  const [exit] = exits.find(([, codes]) => code !== undefined && codes.includes(code)) ?? [];
  return exit === undefined || exit === "done" ? "failed" : exit;
}

/** Ends a command with a message of one line and an exit code other than 0. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exit: Exclude<keyof typeof exitCodes, "done">;

  constructor(
    message: string,
    exit: Exclude<keyof typeof exitCodes, "done"> = "failed",
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.exit = exit;
  }
}
