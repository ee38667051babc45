import { readFile, readdir } from "node:fs/promises";
import { expect, test } from "vitest";

const README = new URL("../../README.md", import.meta.url);
/** A block of code, and the comment before it that names its file and region. */
const BLOCK = /(?:<!-- (?<file>\S+): (?<region>\S+) -->\n\n)?```ts\n(?<code>[^]*?)\n```/g;
const REGION = /\/\/ #region (?<region>\S+)\n(?<code>[^]*?)\n\/\/ #endregion/g;

function named(text: string, pattern: RegExp): [string, string][] {
  return [...text.matchAll(pattern)].map(({ groups = {} }) => [
    `${groups["file"] ?? ""}: ${groups["region"] ?? ""}`,
    groups["code"]?.trim() ?? "",
  ]);
}

async function regions(): Promise<[string, string][]> {
  const files = (await readdir(import.meta.dirname)).filter((file) => file.endsWith(".ts"));
  const found = files.map(async (file) => {
    const text = await readFile(new URL(file, import.meta.url), "utf8");
    return named(text, REGION).map(([name, code]): [string, string] => [`${file}${name}`, code]);
  });
  return (await Promise.all(found)).flat();
}

test("the README shows the examples that the tests run, all of them and no other code", async () => {
  const shown = named(await readFile(README, "utf8"), BLOCK);
  expect(shown.length).toBeGreaterThan(3);
  expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(await regions()));
});
