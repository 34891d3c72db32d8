interface Explanation {
  message: string;
  /** The server's name for it. */
  code: string | undefined;
}

/** What the body of a failed request says: in JSON as Google does, in XML as S3 does, or as a page. */
export function explain(text: string): Explanation {
  return (
    fromJson(text) ?? fromXml(text) ?? fromPage(text) ?? { message: flat(text), code: undefined }
  );
}

function fromJson(text: string): Explanation | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { error, error_description } = (value ?? {}) as {
    error?: unknown;
    error_description?: unknown;
  };
  if (typeof error === "string") {
    return {
      message: typeof error_description === "string" ? error_description : error,
      code: error,
    };
  }
  const { message, errors } = (error ?? {}) as {
    message?: unknown;
    errors?: { reason?: unknown }[];
  };
  if (typeof message !== "string") return undefined;
  const reason = Array.isArray(errors) ? errors[0]?.reason : undefined;
  return { message, code: typeof reason === "string" ? reason : undefined };
}

function fromXml(text: string): Explanation | undefined {
  const element = (name: string): string | undefined =>
    new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  const code = element("Code");
  if (code === undefined || !/<Error>/.test(text)) return undefined;
  return { message: flat(element("Message") ?? code), code };
}

/** Of a page only its title: styles and scripts say nothing. */
function fromPage(text: string): Explanation | undefined {
  if (!/<(!doctype html|html|head|body)\b/i.test(text)) return undefined;
  const title = flat(/<title[^>]*>([^<]*)/i.exec(text)?.[1] ?? "");
  const named = title === "" ? "" : ` titled ${JSON.stringify(title)}`;
  return {
    message: `a web page${named} was the answer; is a login or a proxy in between?`,
    code: undefined,
  };
}

function flat(text: string): string {
  return text
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}
