import { readFileSync } from "node:fs";
import { parseConfiguration } from "@freshet/process/configuration-file";
import { expect, it } from "vitest";
import { documentRules } from "@freshet/documents/document-rules";

const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const EXAMPLES = [...README.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text = ""]) => text);

it.each(EXAMPLES)("has examples that work: %#", (text) => {
  const { indexes } = parseConfiguration(text, "freshet.yaml");
  const columns = Object.entries(indexes).map(([name, index]) => documentRules(name, index).columns);
  expect(columns.flat()).not.toEqual([]);
});
