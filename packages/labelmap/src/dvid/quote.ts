/** Bytes as an error tells them: in quotes if they are text, for DVID's words are the cause, else their number. */
export function quote(bytes: Uint8Array): string {
  if (bytes.length === 0) return "nothing";
  const text = new TextDecoder().decode(bytes.subarray(0, 400));
  const foreign = text.match(/[^\n\r\t -~\u00a0-\ufffc]/g)?.length ?? 0;
  return foreign > 0.1 * text.length
    ? `${bytes.length} bytes that are no text`
    : JSON.stringify(text);
}
