import { dirname } from "node:path";
import { CommandError } from "../cli/exit-codes.ts";

/** What the file system said of `path`, whatever the name of the file that it is until it is whole. */
export function cannotWrite(path: string, cause: NodeJS.ErrnoException): CommandError {
  const { code = "" } = cause;
  const folder = dirname(path);
  const reasons: Record<string, string> = {
    ENOENT: `there is no folder ${folder}`,
    ENOTDIR: `${folder} is no folder`,
    EISDIR: "it is a folder; name a file in it",
    EACCES: `this user has no permission to write in ${folder}`,
    EPERM: `this user has no permission to write in ${folder}`,
    EROFS: "the file system is mounted read-only",
    ENOSPC: "the disk is full",
    EDQUOT: "the disk quota is used up",
    EFBIG: "the file would exceed the limit of file sizes; raise `ulimit -f`",
    ENAMETOOLONG: "its name is too long; choose a shorter one",
  };
  const reason = reasons[code];
  const said = reason === undefined ? cause.message : `${reason} (${code})`;
  return new CommandError(`cannot write ${path}: ${said}`, "failed", { cause });
}

/** Whether `error` comes from a call of the file system, and not from what was to be written. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}
