import { readFileSync } from "node:fs";
import { ConfigurationError } from "./configuration-file.js";

/** A function, so that no log that shows the rest shows it. */
export type Secret = () => string;

type Variables = Readonly<Partial<Record<string, string | undefined>>>;

/**
 * From the variable, or from the file that the variable with `_FILE` behind its name gives the path of. The file is read
 * each time, so that one that is replaced is taken up.
 *
 * @throws {ConfigurationError} when both are given. The secret throws it when its file can't be used.
 */
export function findSecret(variables: Variables, name: string): Secret | undefined {
  const value = variables[name];
  const path = variables[`${name}_FILE`];
  if (value !== undefined && path !== undefined) {
    throw new ConfigurationError(`Set ${name} or ${name}_FILE, not both.`);
  }
  if (path !== undefined) return () => readSecret(`${name}_FILE`, path);
  return value === undefined ? undefined : () => value;
}

function readSecret(name: string, path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new ConfigurationError(`${name}: ${path} can't be read (${code}).`);
  }
  // Editors and echo end a file with one.
  const secret = text.replace(/\r?\n$/, "");
  if (secret === "") throw new ConfigurationError(`${name}: ${path} is empty.`);
  return secret;
}
