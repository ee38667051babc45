import type { JsonObject } from "@freshet/schemas/lossless-json";
import { InputRefusedError } from "../errors.js";

/** https://milvus.io/docs/limitations.md */
const MAX_TEXT_BYTES = 65_535;
const MAX_JSON_BYTES = 65_536;
/** Half a surrogate pair as JSON writes it, and not a backslash that a text has itself. */
const HALF_IN_JSON = /(?:^|[^\\])(?:\\\\)*\\ud[89a-f]/;

/**
 * Half a surrogate pair has no UTF-8 form: in a text Milvus couldn't read the request, nor say why; in a column its
 * filters couldn't.
 *
 * @throws {InputRefusedError} for what Milvus can't hold, with the point's id.
 */
export function refuseContent(id: string, text: string, payload: JsonObject): void {
  const json = JSON.stringify(payload);
  if (/\p{Surrogate}/u.test(text) || HALF_IN_JSON.test(json)) refuse(id, "has half a surrogate pair, which is no text");
  const [textBytes, jsonBytes] = [Buffer.byteLength(text), Buffer.byteLength(json)];
  if (textBytes > MAX_TEXT_BYTES) refuse(id, `has ${textBytes} bytes of text, and Milvus takes ${MAX_TEXT_BYTES}`);
  if (jsonBytes > MAX_JSON_BYTES) refuse(id, `has ${jsonBytes} bytes of columns, and Milvus takes ${MAX_JSON_BYTES}`);
}

function refuse(id: string, reason: string): never {
  throw new InputRefusedError(`Point ${id} ${reason}.`, { ids: [id] });
}
