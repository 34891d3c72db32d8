/** What workers bring and the service asks for, from `POCADUCK_TOKEN`: never a flag, which others could read. */
export function serviceToken(): { token?: string } {
  const token = process.env.POCADUCK_TOKEN;
  return token ? { token } : {};
}

/** What DVID asks for, from `DVID_TOKEN`. */
export function dvidOptions(): { dvid?: { token: string } } {
  const token = process.env.DVID_TOKEN;
  return token ? { dvid: { token } } : {};
}
