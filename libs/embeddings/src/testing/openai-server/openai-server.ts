import fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import type { RemoteFaults } from "../../contract/remote-faults.js";
import type { EmbeddingModel } from "../../embedding-model.js";
import { ApiError } from "./api-error.js";
import { Faults } from "../faults.js";
import { readRequest } from "./embeddings-request.js";
import { distort, invalidKey, misbehave } from "./misbehaviour.js";

export interface OpenAiServerOptions {
  /** What calculates the vectors; without prefixes. */
  readonly model: EmbeddingModel;
  /** What the server calls it. */
  readonly name: string;
  readonly apiKey: string;
  /** Servers like some of Ollama's and LiteLLM's versions answer floats, whatever is asked for, or refuse the question. */
  readonly base64?: "understood" | "ignored" | "refused";
  /** Sent with each answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface OpenAiServer {
  /** With `/v1` at its end. */
  readonly url: string;
  readonly faults: RemoteFaults;
  close(): Promise<void>;
}

/** `POST /v1/embeddings` as OpenAI's API description has it, and Azure's address of it, with a real model behind. */
export async function startOpenAiServer(options: OpenAiServerOptions): Promise<OpenAiServer> {
  const faults = new Faults();
  const server = fastify({ logger: false, forceCloseConnections: true, bodyLimit: 32 * 1024 * 1024 });
  const handle = (request: FastifyRequest, reply: FastifyReply) => answer(options, faults, request, reply);
  server.post("/v1/embeddings", handle);
  server.post("/openai/deployments/:deployment/embeddings", async (request, reply) => {
    if (!/[?&]api-version=\d{4}-\d{2}-\d{2}/.test(request.url)) throw new ApiError(404, "Resource not found");
    return handle(request, reply);
  });
  server.setErrorHandler(async (error, _request, reply) => {
    if (!(error instanceof ApiError)) throw error;
    return reply.code(error.status).headers(error.headers).send(error.body);
  });
  const address = await server.listen({ host: "127.0.0.1", port: 0 });
  return { url: `${address}/v1`, faults, close: () => server.close() };
}

async function answer(options: OpenAiServerOptions, faults: Faults, request: FastifyRequest, reply: FastifyReply) {
  const fault = faults.next();
  checkKey(request, options.apiKey);
  const { texts, base64 } = await readRequest(request.body, options.name, options.model);
  if (misbehave(fault, texts, reply)) return reply;
  if (base64 && options.base64 === "refused") {
    throw new ApiError(400, "Unrecognized request argument supplied: encoding_format");
  }
  const embeddings = await options.model.embed(texts, "document");
  faults.seen.embedded.push(...texts);
  const items = texts.map((text, index) => ({ index, text, vector: embeddings[index]?.vector ?? new Float32Array() }));
  const tokens = embeddings.reduce((sum, embedding) => sum + embedding.tokens, 0);
  const body = JSON.stringify({
    object: "list",
    data: distort(fault, items).map(({ index, vector }) => ({
      object: "embedding",
      index,
      embedding: base64 && options.base64 !== "ignored" ? toBase64(vector) : [...vector],
    })),
    model: options.name,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
  return reply
    .headers({ "content-type": "application/json", ...options.headers })
    .send(fault?.kind === "half-answer" ? body.slice(0, body.length / 2) : body);
}

function checkKey({ headers }: FastifyRequest, expected: string): void {
  const given = headers.authorization?.replace(/^Bearer /, "") ?? headers["api-key"];
  if (given === undefined) throw new ApiError(401, "You didn't provide an API key.");
  if (given !== expected) throw invalidKey(String(given));
}

function toBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}
