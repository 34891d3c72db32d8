import { StoreError, type StoreErrorCode } from "@pocaduck/storage";

const reasons: Record<string, [StoreErrorCode, string]> = {
  EACCES: ["forbidden", "this user has no permission; check the owner and mode"],
  EPERM: ["forbidden", "this user has no permission; check the owner and mode"],
  ELOOP: ["forbidden", "is a symbolic link, which is not followed below the root"],
  ENOTDIR: ["forbidden", "a file stands where a folder is needed; choose another place"],
  ENOENT: ["forbidden", "no folder can be made there; choose another place"],
  EROFS: ["read-only", "the file system is mounted read-only"],
  ENOSPC: ["full", "the disk is full; free some space"],
  EDQUOT: ["full", "the disk quota is used up"],
  EFBIG: ["full", "the file would exceed the limit of file sizes; raise `ulimit -f`"],
  ENAMETOOLONG: [
    "invalid-key",
    "the path is longer than the file system allows; choose a shorter name",
  ],
  EXDEV: ["unsupported", "the folder lies on another file system than the root"],
  NOLINKS: ["unsupported", "the file system has no hard links, which conditional writes need"],
  EMFILE: ["unavailable", "this process has too many files open; raise `ulimit -n`"],
  ENFILE: ["unavailable", "this machine has too many files open"],
};

/** `error` of the file system as a StoreError that says which file and what to do. */
export function storeError(key: string, path: string, error: unknown): unknown {
  const code = errno(error);
  if (code === undefined) return error;
  const [kind, reason] = reasons[code] ?? ["unavailable", "the file system failed"];
  return new StoreError(kind, key, `${path}: ${reason} (${code})`, { cause: error });
}

/** The atomic create fails in ways of its own on a file system without hard links. */
export function linkError(error: unknown): unknown {
  if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(errno(error) ?? "")) {
    return error;
  }
  return Object.assign(error as Error, { code: "NOLINKS" });
}

export function errno(error: unknown): string | undefined {
  const known = error instanceof Error && "code" in error && "syscall" in error;
  return known && typeof error.code === "string" ? error.code : undefined;
}

/** Whether `error` says that nothing is there. */
export function isAbsent(error: unknown): boolean {
  return errno(error) === "ENOENT" || errno(error) === "ENOTDIR";
}
