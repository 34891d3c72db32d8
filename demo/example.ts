import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Runs the code of the README against the packages of this checkout: `npm run example`. */
const folder = join(import.meta.dirname, "output/example");
const readme = await readFile(join(import.meta.dirname, "../README.md"), "utf8");
const [, code] = /^```ts\n(.*?)^```$/ms.exec(readme) ?? [];
if (code === undefined) throw new Error("README.md has no code");
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const path = join(folder, "example.ts");
await writeFile(path, code);
// Where `./fly` of the code is to lie.
process.chdir(folder);
process.stdout.write(code);
await import(pathToFileURL(path).href);
