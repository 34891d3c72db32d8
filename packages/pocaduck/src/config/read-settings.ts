import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { suggestion } from "../cli/suggestion.ts";
import { ConfigError } from "./config-error.ts";
import { type Settings, schemePattern, settings, variableOf } from "./settings.ts";

const fileName = "pocaduck.config.json";
const secrets = /secret|password|token|access_?key|private|credential/i;

const sections = new Set(Object.keys(settings).map((name) => name.split(".")[0]));
const ofSection = new RegExp(`^POCADUCK_(${[...sections].join("|")})_`, "i");

type Value = string | number | boolean;

/** Settings of the file, overruled by `POCADUCK_*`. Flags become variables before, so workers have them too. */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): Settings {
  const { path, document } = readFile(environment.POCADUCK_CONFIG);
  const found: Settings = { s3: {}, gs: {}, requests: {}, reads: {}, schemes: {} };
  if (document !== undefined) takeFile(found, path, document);
  assertVariables(environment);
  for (const name of Object.keys(settings)) {
    const text = environment[variableOf(name)];
    if (text !== undefined && text !== "") put(found, name, parse(name, text, variableOf(name)));
  }
  return found;
}

/** `--set s3.endpoint=…` as the variable it stands for. */
export function flagToVariable(flag: string): [variable: string, value: string] {
  const at = flag.indexOf("=");
  const name = flag.slice(0, Math.max(0, at));
  if (secrets.test(name)) throw secretRefused(`--set ${name}`);
  if (!Object.hasOwn(settings, name)) {
    const names = Object.keys(settings).join(", ");
    throw new ConfigError("invalid-config", `--set takes <name>=<value> with one of ${names}`);
  }
  const value = flag.slice(at + 1);
  parse(name, value, "--set");
  return [variableOf(name), value];
}

/** A variable that looks like a setting and is none would be ignored without a word. */
function assertVariables(environment: NodeJS.ProcessEnv): void {
  const variables = Object.keys(settings).map(variableOf);
  for (const name of Object.keys(environment)) {
    if (!ofSection.test(name) || environment[name] === "" || variables.includes(name)) continue;
    if (secrets.test(name)) throw secretRefused(name);
    const known = suggestion(name, variables);
    throw new ConfigError("invalid-config", `${name}: there is no such setting${known}`);
  }
}

function readFile(asked: string | undefined): { path: string; document: unknown } {
  const path = resolve(asked || fileName);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (isAbsent && !asked) return { path, document: undefined };
    const reason = isAbsent ? "does not exist" : (error as Error).message;
    throw new ConfigError("invalid-config", `${path}: ${reason}`, { cause: error });
  }
  try {
    return { path, document: JSON.parse(text) };
  } catch (error) {
    // Not the parser's message, which quotes the file.
    throw new ConfigError("invalid-config", `${path}: is not JSON`, { cause: error });
  }
}

function takeFile(found: Settings, path: string, document: unknown): void {
  for (const [section, values] of entries(path, document)) {
    if (section === "$schema") continue;
    for (const [key, value] of entries(`${path}: ${section}`, values)) {
      const name = `${section}.${key}`;
      if (section === "schemes" && schemePattern.test(key) && typeof value === "string") {
        found.schemes[key] = value;
        found.folder = dirname(path);
      } else if (Object.hasOwn(settings, name)) {
        if (!fits(name, value)) throw wrong(path, name, JSON.stringify(value));
        put(found, name, value);
      } else if (secrets.test(key)) {
        throw secretRefused(`${path}: ${name}`);
      } else {
        const known = suggestion(name, Object.keys(settings));
        throw new ConfigError("invalid-config", `${path}: there is no setting ${name}${known}`);
      }
    }
  }
}

function entries(where: string, value: unknown): [string, unknown][] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value);
  }
  throw new ConfigError("invalid-config", `${where}: has to be an object`);
}

function put(found: Settings, name: string, value: Value): void {
  const [section, key = ""] = name.split(".") as ["s3" | "gs" | "requests" | "reads", string];
  (found[section] as Record<string, Value>)[key] = value;
}

function parse(name: string, text: string, where: string): Value {
  const value = interpret(settings[name]?.type, text);
  if (fits(name, value)) return value;
  throw wrong(where, name, JSON.stringify(text));
}

function interpret(type: string | undefined, text: string): Value | undefined {
  if (type === "string") return text;
  if (type === "integer") return text.trim() === "" ? undefined : Number(text);
  if (/^(1|true|yes)$/i.test(text)) return true;
  return /^(0|false|no)$/i.test(text) ? false : undefined;
}

function fits(name: string, value: unknown): value is Value {
  const setting = settings[name];
  if (setting?.type !== "integer") return typeof value === setting?.type;
  return Number.isInteger(value) && Number(value) >= setting.from && Number(value) <= setting.to;
}

function wrong(where: string, name: string, got: string): ConfigError {
  const setting = settings[name];
  const bounds = setting?.type === "integer" ? ` from ${setting.from} to ${setting.to}` : "";
  const article = setting?.type === "integer" ? "an" : "a";
  return new ConfigError(
    "invalid-config",
    `${where}: ${name}: expected ${article} ${setting?.type}${bounds}, got ${got}`,
  );
}

function secretRefused(where: string): ConfigError {
  return new ConfigError(
    "invalid-config",
    `${where}: credentials are no setting; use the environment, a profile or the vendor's login`,
  );
}
