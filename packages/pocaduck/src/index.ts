export { ConfigError, type ConfigErrorCode } from "./config/config-error.ts";
export { readSettings } from "./config/read-settings.ts";
export { configSchema, type Settings } from "./config/settings.ts";
export { type DoctorOptions, doctor } from "./doctor/doctor.ts";
export type { Finding } from "./doctor/finding.ts";
export { type OpenOptions, open, openReadable } from "./open.ts";
