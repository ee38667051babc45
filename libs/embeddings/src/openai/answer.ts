import { ModelUnavailableError } from "../embedding-model.js";
import { WrongVectorsError } from "../remote/errors.js";
import { unitVector } from "../remote/unit-vector.js";
import type { OpenAiModelSettings } from "./options.js";

type Expected = Pick<OpenAiModelSettings, "name" | "url" | "dimensions">;

export interface Answer {
  /** By place in the request, of length 1. */
  readonly vectors: Float32Array[];
  /** What the server bills for the request; absent when it doesn't say. */
  readonly billedTokens?: number;
}

/**
 * Reads a `CreateEmbeddingResponse`: `{ data: [{ index, embedding }], usage: { prompt_tokens } }`, where an embedding is
 * base64 of little-endian float32, or an array of numbers.
 *
 * @throws {ModelUnavailableError} when it isn't one: an error page, half a body.
 * @throws {WrongVectorsError} when it has not one vector for each text. @throws as {@link unitVector} does.
 */
export function readAnswer(body: string, texts: number, { name, url, dimensions }: Expected): Answer {
  const answer = parse(body, url);
  const data = isObject(answer) ? answer["data"] : undefined;
  if (!Array.isArray(data)) throw notEmbeddings(url, "another JSON");
  if (data.length !== texts) {
    throw new WrongVectorsError(`The server at ${url} answered ${data.length} vectors for ${texts} texts.`);
  }
  const vectors = new Array<Float32Array | undefined>(texts).fill(undefined);
  for (const item of data as unknown[]) {
    const index = isObject(item) ? item["index"] : undefined;
    // Not by order: nothing promises it.
    if (typeof index !== "number" || !(index in vectors) || vectors[index]) {
      throw new WrongVectorsError(`The server at ${url} doesn't say which vector belongs to which text.`);
    }
    vectors[index] = unitVector(readFloats(isObject(item) ? item["embedding"] : undefined), { name, dimensions });
  }
  const usage = isObject(answer) && isObject(answer["usage"]) ? answer["usage"]["prompt_tokens"] : undefined;
  return {
    vectors: vectors.filter((vector) => vector !== undefined),
    ...(Number.isSafeInteger(usage) && Number(usage) >= 0 ? { billedTokens: Number(usage) } : {}),
  };
}

function parse(body: string, url: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw notEmbeddings(url, body.trimStart().startsWith("<") ? "a page in HTML" : "half a JSON text, or none");
  }
}

/** The answer isn't quoted: it might repeat the request's headers, and so the key. */
function notEmbeddings(url: string, what: string): ModelUnavailableError {
  return new ModelUnavailableError(
    `The server at ${url} answered with ${what} instead of embeddings; if it goes on, check the model's url.`,
  );
}

function readFloats(embedding: unknown): Float32Array {
  if (typeof embedding === "string") return fromBase64(embedding);
  // A number that JSON can't have, such as NaN, comes as null.
  if (Array.isArray(embedding)) return Float32Array.from(embedding, (x: unknown) => (typeof x === "number" ? x : NaN));
  throw new WrongVectorsError("The server's answer has something else where a vector should be.");
}

function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length % 4 !== 0) throw new WrongVectorsError("The server's answer has a vector that isn't whole floats.");
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
