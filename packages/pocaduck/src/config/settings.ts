type Setting = { about: string } & (
  | { type: "string" | "boolean" }
  | { type: "integer"; from: number; to: number }
);

const integer = (from: number, about: string, to = Number.MAX_SAFE_INTEGER): Setting => ({
  type: "integer",
  from,
  to,
  about,
});

/** The longest that a timer waits. */
const longestMs = 2 ** 31 - 1;

/** Every setting, by its place in the file: `s3.endpoint` is `endpoint` in the section `s3`. */
export const settings: Readonly<Record<string, Setting>> = {
  "s3.endpoint": { type: "string", about: "URL of a server other than AWS" },
  "s3.region": {
    type: "string",
    about: "region of the bucket; the environment's or the profile's by default",
  },
  "s3.profile": { type: "string", about: "profile of the shared AWS configuration files" },
  "s3.pathStyle": { type: "boolean", about: "the bucket in the path; default with an endpoint" },
  "s3.anonymous": { type: "boolean", about: "no credentials, for public buckets" },
  "s3.checksums": { type: "boolean", about: "checksums of the SDK; default without an endpoint" },
  "s3.insecure": { type: "boolean", about: "credentials over plain HTTP to another machine" },
  "s3.partSize": integer(5 << 20, "bytes of a part of an upload, 8 MiB by default"),
  "gs.endpoint": { type: "string", about: "URL of a server other than Google's" },
  "gs.keyFile": { type: "string", about: "path of a service account's key file" },
  "gs.userProject": { type: "string", about: "project that pays, where the requester does" },
  "gs.anonymous": { type: "boolean", about: "no credentials, for public buckets" },
  "gs.insecure": { type: "boolean", about: "credentials over plain HTTP to another machine" },
  "gs.partSize": integer(
    256 << 10,
    "bytes of a chunk of an upload, a multiple of 256 KiB; 8 MiB by default",
  ),
  "requests.attempts": integer(1, "attempts in a row without progress; 6 by default"),
  "requests.deadlineMs": integer(
    1,
    "milliseconds for a call with its attempts, and a second more for each MiB; 120000 by default",
    longestMs,
  ),
  "requests.stallMs": integer(
    1,
    "milliseconds of silence within an attempt; 20000 by default",
    longestMs,
  ),
  "requests.concurrency": integer(1, "requests in flight; 80 by default"),
  "requests.hedgeMs": integer(
    1,
    "milliseconds after which a second read goes out; never by default",
    longestMs,
  ),
  "reads.gap": integer(
    0,
    "bytes between row groups that are read to save a request; 65536 by default",
  ),
  "reads.cap": integer(1, "bytes of a request that no further row group joins; 1048576 by default"),
};

/** Values by section, as the backends take them. */
export interface Settings {
  s3: Record<string, string | number | boolean>;
  gs: Record<string, string | number | boolean>;
  requests: Record<string, number>;
  /** Of lookups: the options `gap` and `cap` of `openQuery`. */
  reads: Record<string, number>;
  /** The module that opens each further scheme. */
  schemes: Record<string, string>;
  /** Where the modules of `schemes` are found from. Default: the working folder. */
  folder?: string;
}

/** `s3.pathStyle` is POCADUCK_S3_PATH_STYLE. */
export function variableOf(name: string): string {
  const words = name.replace(".", "_").replace(/[A-Z]/g, (letter) => `_${letter}`);
  return `POCADUCK_${words.toUpperCase()}`;
}

export const schemePattern: RegExp = /^[a-z][a-z0-9+-]+$/;

/** JSON Schema of `pocaduck.config.json`. */
export function configSchema(): object {
  const sections: Record<string, Record<string, object>> = {};
  for (const [name, setting] of Object.entries(settings)) {
    const [section = "", key = ""] = name.split(".");
    const { type, about: description } = setting;
    const range = setting.type === "integer" ? { minimum: setting.from, maximum: setting.to } : {};
    sections[section] = { ...sections[section], [key]: { type, description, ...range } };
  }
  const objects = Object.entries(sections).map(([section, properties]) => [
    section,
    { type: "object", properties, additionalProperties: false },
  ]);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Settings of pocaduck. Credentials are not among them.",
    type: "object",
    properties: {
      $schema: { type: "string" },
      ...Object.fromEntries(objects),
      schemes: {
        type: "object",
        description: "module that opens each further scheme",
        propertyNames: { pattern: schemePattern.source },
        additionalProperties: { type: "string" },
      },
    },
    additionalProperties: false,
  };
}
