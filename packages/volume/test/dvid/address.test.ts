import { expect, test } from "vitest";
import { parseDvidAddress } from "../../src/dvid/address.ts";

test("an address says host, version, data and what of it", () => {
  expect(parseDvidAddress("dvid://host:8000/ab12:master/seg")).toEqual({
    base: "http://host:8000",
    version: "ab12:master",
    data: "seg",
    labels: "bodies",
    allowOpen: false,
  });
  expect(parseDvidAddress("dvids://host/ab12/seg/?supervoxels&allow-open")).toMatchObject({
    base: "https://host",
    labels: "supervoxels",
    allowOpen: true,
  });
});

test.each([
  "http://host/ab/seg",
  "dvid:///ab/seg",
  "dvid://host/ab",
  "dvid://host/ab/seg/more",
  "dvid://host/ab/seg?other",
])("%s is refused", (address) => {
  expect(() => parseDvidAddress(address)).toThrow("`address`");
});
