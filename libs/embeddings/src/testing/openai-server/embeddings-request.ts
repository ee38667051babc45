import { toUSVString } from "node:util";
import type { EmbeddingModel } from "../../embedding-model.js";
import { ApiError } from "./api-error.js";

/** Of a `CreateEmbeddingRequest`, what this server can do. */
export interface EmbeddingsRequest {
  readonly texts: readonly string[];
  readonly base64: boolean;
}

const MOST_TEXTS = 2048;
const MOST_TOKENS = 300_000;
/** That a BERT model puts around a text. */
const SPECIAL_TOKENS = 2;

/** @throws {ApiError} as OpenAI answers what it doesn't take. */
export async function readRequest(body: unknown, name: string, model: EmbeddingModel): Promise<EmbeddingsRequest> {
  const { model: asked, input, encoding_format: format = "float", dimensions } = isObject(body) ? body : {};
  if (typeof asked !== "string") throw new ApiError(400, "you must provide a model parameter");
  if (asked !== name) {
    throw new ApiError(404, `The model \`${asked}\` does not exist or you do not have access to it.`, {
      code: "model_not_found",
    });
  }
  if (format !== "float" && format !== "base64") {
    throw new ApiError(400, "Invalid value for 'encoding_format'.", { param: "encoding_format" });
  }
  if (dimensions !== undefined && dimensions !== model.identity.dimensions) {
    throw new ApiError(400, "This model does not support specifying dimensions.");
  }
  const texts: unknown[] = Array.isArray(input) ? input : [input];
  if (texts.length === 0 || texts.length > MOST_TEXTS || !texts.every(isText)) {
    throw new ApiError(400, "'$.input' is invalid. Please check the API reference.", { param: "input" });
  }
  await checkTokens(texts, model);
  return { texts, base64: format === "base64" };
}

async function checkTokens(texts: readonly string[], model: EmbeddingModel): Promise<void> {
  const tokens = (await model.countTokens(texts)).map((count) => count + SPECIAL_TOKENS);
  const most = Math.max(...tokens);
  if (most > model.maxTokens) {
    throw new ApiError(
      400,
      `This model's maximum context length is ${model.maxTokens} tokens, however you requested ${most} tokens ` +
        `(${most} in your prompt; 0 for the completion). Please reduce your prompt; or completion length.`,
    );
  }
  const all = tokens.reduce((sum, count) => sum + count, 0);
  if (all > MOST_TOKENS) {
    throw new ApiError(400, `Requested ${all} tokens, max ${MOST_TOKENS} tokens per request`, {
      type: "max_tokens_per_request",
      code: "max_tokens_per_request",
    });
  }
}

/** No empty string, and nothing that isn't Unicode; token numbers would be of OpenAI's encodings. */
function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && toUSVString(value) === value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
