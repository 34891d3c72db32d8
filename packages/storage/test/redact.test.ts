import { inspect } from "node:util";
import { expect, test } from "vitest";
import { type Attempt, explain, RemoteReader, RequestError, Secrets } from "../src/remote/index.ts";

test("a server that echoes a store's own credentials gets none of them into a message", async () => {
  const secrets = new Secrets();
  // Unlike any pattern of a credential; the last one is cut in the middle where the message ends.
  secrets.add("plain-looking", "a/b+c d", "x".repeat(200));
  const said: Attempt[] = [];
  const echo = `key plain-looking, secret a/b+c d or a%2Fb%2Bc%20d${" ".repeat(240)}${"x".repeat(200)}`;
  const store = new RemoteReader(
    {
      place: "nowhere",
      secrets,
      read: async () =>
        Promise.reject(new RequestError(echo, { status: 403, code: "plain-looking" })),
      head: async () => undefined,
      page: async () => ({ objects: [], next: undefined }),
    },
    { observe: (attempt) => void said.push(attempt) },
  );
  const error = await store.get("a").catch((error: unknown) => error);
  const views = `${inspect(error, { depth: 12, showHidden: true })}${JSON.stringify(said)}`;
  expect(views).toContain("403");
  expect(views).not.toMatch(/plain-looking|b\+c|b%2Bc|xxx/);
});

test("the credentials of a long life do not gather", () => {
  const secrets = new Secrets();
  for (let round = 0; round < 100; round++) secrets.add(`first ${round}`, `second ${round}`);
  expect(secrets.redact("first 99, second 99")).toBe("***, ***");
  expect(secrets.redact("first 1,")).toBe("first 1,");
});

test("what a terminal would obey is blank", () => {
  expect(new RequestError("a\u001b[31mred\u009b2J\u202etxt\u0007").message).toBe(
    "a [31mred 2J txt ",
  );
});

test.for<[string, string, string | undefined]>([
  ['{"error":{"message":"no access","errors":[{"reason":"forbidden"}]}}', "no access", "forbidden"],
  ['{"error":"invalid_grant","error_description":"expired"}', "expired", "invalid_grant"],
  [
    "<?xml version='1.0'?><Error><Code>ExpiredToken</Code><Message>late</Message></Error>",
    "late",
    "ExpiredToken",
  ],
  [
    "<!DOCTYPE html><style>p{color:red}</style><title>502 Bad Gateway</title>",
    'a web page titled "502 Bad Gateway" was the answer; is a login or a proxy in between?',
    undefined,
  ],
  ["[]", "[]", undefined],
  ["null", "null", undefined],
  ["  Not\n Found ", "Not Found", undefined],
])("%s is explained", ([text, message, code]) => {
  expect(explain(text)).toEqual({ message, code });
});
