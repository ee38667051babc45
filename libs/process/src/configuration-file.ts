import { readFileSync } from "node:fs";
import { isMap, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import type { z } from "zod";
import { configurationSchema, type Configuration } from "./configuration.js";

/** The file can't be used; the message names each line, field and expectation. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

/** @throws {ConfigurationError} when the file is missing, isn't YAML, or isn't a valid configuration. */
export function readConfiguration(path: string): Configuration {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigurationError(
      `The configuration ${path} can't be read (${(error as NodeJS.ErrnoException).code ?? String(error)}); ` +
        "set FRESHET_CONFIG to the path of your freshet.yaml.",
      { cause: error },
    );
  }
  return parseConfiguration(text, path);
}

/** @param path only names the file in messages. @throws {ConfigurationError} see `readConfiguration`. */
export function parseConfiguration(text: string, path: string): Configuration {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [syntaxError] = document.errors;
  if (syntaxError) {
    const { line } = lines.linePos(syntaxError.pos[0]);
    throw new ConfigurationError(`${path}:${line}: not valid YAML: ${syntaxError.message.split("\n", 1)[0] ?? ""}`);
  }
  const result = configurationSchema.safeParse(document.toJS());
  if (result.success) return result.data;
  const complaints = result.error.issues.flatMap((issue) => describe(issue, document, lines, path));
  throw new ConfigurationError(complaints.join("\n"));
}

function describe(issue: z.core.$ZodIssue, document: Document, lines: LineCounter, path: string): string[] {
  const at = (field: PropertyKey[]) => `${path}:${lineOf(field, document, lines)}: ${field.map(String).join(".")}`;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${at([...issue.path, key])}: no such field; remove it or check its spelling`);
  }
  return [`${at(issue.path) || path}: ${issue.message}`];
}

/** The line of the field, or of the nearest parent that is there (a missing field has no line of its own). */
function lineOf(field: readonly PropertyKey[], document: Document, lines: LineCounter): number {
  for (let length = field.length; length > 0; length--) {
    const name = field[length - 1];
    const parent = length === 1 ? document.contents : document.getIn(field.slice(0, length - 1), true);
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => (isScalar(key) ? key.value : key) === name);
      if (isScalar(pair?.key) && pair.key.range) return lines.linePos(pair.key.range[0]).line;
    }
    const node = document.getIn(field.slice(0, length), true);
    if (isScalar(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
