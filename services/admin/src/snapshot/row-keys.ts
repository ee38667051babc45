import { parseJson, type JsonObject, type JsonValue } from "@freshet/schemas/lossless-json";
import { FatalError } from "@freshet/streaming/errors";

const EXAMPLE = '{"id": 42}';

/** @param texts each one key. @throws {FatalError} naming the one that is no JSON object. */
export function parseKeys(texts: readonly string[]): JsonObject[] {
  return texts.map((text) => asKey(parse(text, `The key ${text}`), `The key ${text}`));
}

/** A JSON array of keys, or one key a line. @param path only names the file in messages. @throws {FatalError} */
export function parseKeysFile(text: string, path: string): JsonObject[] {
  const keys = text.trimStart().startsWith("[") ? parseArray(text, path) : parseLines(text, path);
  if (keys.length === 0) throw new FatalError(`There are no keys in ${path}: write one a line, such as ${EXAMPLE}.`);
  return keys;
}

function parseArray(text: string, path: string): JsonObject[] {
  const keys = parse(text, path);
  if (!Array.isArray(keys)) throw new FatalError(`${path} is no JSON array of keys.`);
  return keys.map((key, place) => asKey(key, `Key ${place + 1} in ${path}`));
}

function parseLines(text: string, path: string): JsonObject[] {
  return text.split("\n").flatMap((line, place) => {
    const name = `${path}:${place + 1}`;
    return line.trim() === "" ? [] : [asKey(parse(line, name), name)];
  });
}

function parse(text: string, name: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    throw new FatalError(`${name} is not JSON (${(error as Error).message}): expected an object such as ${EXAMPLE}.`, {
      cause: error,
    });
  }
}

function asKey(value: JsonValue, name: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0)
    return value;
  throw new FatalError(`${name} is no JSON object with the key's columns: expected one such as ${EXAMPLE}.`);
}
