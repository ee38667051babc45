import { SOURCE_ERROR_CODES } from "@freshet/postgres/errors";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

it("says of each error in the README what it means, and what cures it", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const section = readme.split(/^## /m).find((text) => text.startsWith("Errors\n")) ?? "";
  const documented = [...section.matchAll(/^\| `([a-z-]+)` \| \S.* \| \S.* \|$/gm)].map(([, code]) => code);
  expect(documented).toEqual([...SOURCE_ERROR_CODES]);
});
