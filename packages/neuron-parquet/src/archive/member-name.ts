import { NeuronError } from "../errors.ts";

/** @throws {NeuronError} `unsafe-archive` for a name that would leave the folder it is unpacked into. */
export function assertMemberName(name: string, file: string): void {
  const parts = name.split(/[/\\]/);
  const unsafe = /^([/\\]|[a-z]:)/i.test(name) || parts.includes("..") || name.includes("\0");
  if (unsafe)
    throw new NeuronError("unsafe-archive", `member ${JSON.stringify(name)} leaves its folder`, {
      file,
    });
}

/** Folders, and what macOS adds to archives. */
export function isNoise(name: string): boolean {
  return (
    name.endsWith("/") ||
    name
      .split("/")
      .some((part) => part === "__MACOSX" || part.startsWith("._") || part === ".DS_Store")
  );
}
