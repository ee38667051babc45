import { readFileSync } from "node:fs";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import { FatalError } from "@freshet/streaming/errors";
import { parseKeysFile } from "./row-keys.js";

/** @throws {FatalError} when it can't be read, or isn't keys. */
export function readKeysFile(path: string): JsonObject[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new FatalError(`The keys in ${path} can't be read: ${(error as Error).message}.`, { cause: error });
  }
  return parseKeysFile(text, path);
}
