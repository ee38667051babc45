import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { CONTENT_SECURITY_POLICY, PAGE } from "./page.js";

it("lets run what is in the page, and nothing that could come into it", () => {
  const own = [...PAGE.matchAll(/<(script|style)[^>]*>([^]*?)<\/\1>/g)];
  expect(own.map(([, element]) => element)).toEqual(["style", "script"]);
  for (const [, element, text = ""] of own) {
    const hash = createHash("sha256").update(text).digest("base64");
    expect(CONTENT_SECURITY_POLICY).toContain(`${element}-src 'sha256-${hash}';`);
  }
  expect(CONTENT_SECURITY_POLICY).not.toContain("unsafe");
  // Neither is covered by a hash.
  expect(PAGE).not.toMatch(/<[^>]+\s(on\w+|style)=/);
});
