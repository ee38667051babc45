import { expect, test } from "vitest";
import { parseAccessToken } from "./access-token.js";

const token = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;

test("a token's end is read from its claims, and unknown where it has none", () => {
  const text = token({ sub: "freshet", exp: 1_800_000_000 });
  expect(parseAccessToken(`${text}\n`, "It")).toEqual({ value: text, name: "It", expiresAt: 1_800_000_000_000 });
  for (const other of [token({ sub: "freshet" }), token({ exp: "soon" }), "opaque", "a.b.c"]) {
    expect(parseAccessToken(other, "It").expiresAt).toBeNull();
  }
});

test.each(["", "two words", "a\u0001b", '{"access_token":"x"}'])("%j is no token, and isn't repeated", (text) => {
  expect(() => parseAccessToken(text, "The token in /run/token")).toThrow(/^The token in \/run\/token is no bearer/);
});
