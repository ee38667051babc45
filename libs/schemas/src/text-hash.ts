import { createHash } from "node:crypto";
import type { ModelIdentity } from "./embedded-document.js";

/**
 * sha256, in hex, of what decides a vector: the model's identity, the prefix put before the text, and the text.
 * Equal hashes need no new inference; equality is never judged by vectors, which can depend on a batch's company.
 */
export function textHash(model: ModelIdentity, prefix: string, text: string): string {
  const { name, revision, dtype, dimensions } = model;
  return createHash("sha256")
    .update(JSON.stringify([name, revision, dtype, prefix, dimensions, text]))
    .digest("hex");
}
