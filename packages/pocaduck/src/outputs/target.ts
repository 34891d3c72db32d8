import { accessSync, constants, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Store } from "@pocaduck/storage";
import { parseAddress } from "../address.ts";
import { CommandError } from "../cli/exit-codes.ts";
import { cannotWrite } from "../clouds/cannot-write.ts";
import { open } from "../open.ts";
import { folderAndKey } from "./folder-and-key.ts";

/** Where neurons go. */
export type Target = { readonly name: string } & (
  | { readonly path: string }
  | { readonly device: string }
  | { readonly standard: true }
  | { readonly store: Store; readonly folder: string; readonly key: string }
);

/** Whether one file comes of a format, or a folder of many. */
export type Shape = "file" | "folder";

const standardOutput = /^(-|\/dev\/(stdout|fd\/1)|\/proc\/self\/fd\/1)$/;

/**
 * Refuses, before anything is read, what could not be written at the end.
 * @throws {CommandError}
 */
export async function openTarget(
  text: string,
  shape: Shape,
  inputs: readonly string[],
): Promise<Target> {
  if (shape === "file" && standardOutput.test(text)) return { name: text, standard: true };
  const address = parseAddress(text);
  if ("url" in address) {
    if (inputs.includes(text)) throw sameAsInput();
    const { folder, key } = folderAndKey(address.url);
    const target = { name: text, store: await open(folder, {}), folder, key };
    if (shape === "folder") {
      for await (const _ of target.store.list(`${key}/`)) throw notEmpty(text);
    }
    return target;
  }
  return localTarget(text, address.folder, shape, inputs);
}

/**
 * Refuses an output that is there already, for `merge a b all` would replace a.
 * @throws {CommandError}
 */
export async function assertNew(target: Target): Promise<void> {
  const there =
    "path" in target
      ? statSync(target.path, { throwIfNoEntry: false })?.isFile()
      : "store" in target && (await target.store.head(target.key));
  if (!there) return;
  throw new CommandError(
    `${target.name} is there already: what is merged goes into the first of the files named, a new one`,
    "conflict",
  );
}

function localTarget(text: string, given: string, shape: Shape, inputs: readonly string[]): Target {
  const stat = looked(text, given);
  if (stat && !stat.isFile() && !stat.isDirectory()) {
    if (shape === "file" && (stat.isFIFO() || stat.isCharacterDevice()))
      return { name: text, device: given };
    throw new CommandError(`cannot write ${text}: it is no file and no folder`, "usage");
  }
  // A link stays a link, to what is written.
  const path = stat ? realpathSync(given) : given;
  if (inputs.some((input) => samePlace(input, path))) throw sameAsInput();
  if (stat && shape === "file" && stat.isDirectory())
    throw cannotWrite(text, Object.assign(new Error("is a folder"), { code: "EISDIR" }));
  if (stat && shape === "folder" && !stat.isDirectory())
    throw new CommandError(
      `cannot write ${text}: it is a file, and a folder is to come`,
      "conflict",
    );
  if (stat && shape === "folder" && readdirSync(path).length > 0) throw notEmpty(text);
  assertWritableFolder(text, dirname(resolve(path)));
  return { name: text, path };
}

function looked(text: string, path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw cannotWrite(text, error as NodeJS.ErrnoException);
  }
}

function assertWritableFolder(text: string, folder: string): void {
  try {
    if (!statSync(folder).isDirectory())
      throw Object.assign(new Error("is no folder"), { code: "ENOTDIR" });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw cannotWrite(text, error as NodeJS.ErrnoException);
  }
}

function samePlace(input: string, path: string): boolean {
  const address = /^(https?|precomputed):/i.test(input) ? undefined : parseAddress(input);
  if (!address || "url" in address) return false;
  const stat = statSync(address.folder, { throwIfNoEntry: false });
  if (!stat) return false;
  const other = statSync(path, { throwIfNoEntry: false });
  return other ? stat.ino === other.ino && stat.dev === other.dev : false;
}

function sameAsInput(): CommandError {
  return new CommandError("the output is one of the inputs", "usage");
}

function notEmpty(text: string): CommandError {
  return new CommandError(`cannot write ${text}: it is there, and not empty`, "conflict");
}
