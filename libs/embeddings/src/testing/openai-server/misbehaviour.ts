import type { FastifyReply } from "fastify";
import type { RemoteFault } from "../../contract/remote-faults.js";
import { ApiError } from "./api-error.js";

/** One vector of an answer, and whose it is. */
export interface Item {
  readonly index: number;
  readonly text: string;
  readonly vector: Float32Array;
}

/**
 * What goes wrong before the server has done anything.
 *
 * @returns whether the answer has been given, or never will be. @throws {ApiError}
 */
export function misbehave(fault: RemoteFault | null, texts: readonly string[], reply: FastifyReply): boolean {
  switch (fault?.kind) {
    case "hang":
      reply.hijack();
      return true;
    case "connection-reset":
      reply.hijack();
      reply.raw.socket?.resetAndDestroy();
      return true;
    case "html":
      reply.type("text/html").send("<!doctype html><title>Sign in</title><p>Please sign in to the guest network.");
      return true;
    case "failure":
      throw new ApiError(500, "The server had an error while processing your request", { type: "server_error" });
    case "rate-limit":
      throw new ApiError(
        429,
        "Rate limit reached for requests",
        { type: "requests", code: "rate_limit_exceeded" },
        { "retry-after": String(fault.retryAfterSeconds) },
      );
    case "unauthorized":
      throw invalidKey("revoked");
    case "too-large":
      if (texts.length > fault.items) throw new ApiError(413, `batch size ${texts.length} > maximum ${fault.items}`);
      return false;
    case "refused-text":
      if (texts.some((text) => text.includes(fault.text ?? ""))) throw new ApiError(400, "'$.input' is invalid.");
      return false;
    case "wrong-count":
    case "not-a-number":
    case "other-dimension":
    case "other-order":
    case "half-answer":
    case undefined:
      return false;
    default:
      return fault satisfies never;
  }
}

/** What is wrong with the vectors. */
export function distort(fault: RemoteFault | null, items: readonly Item[]): readonly Item[] {
  switch (fault?.kind) {
    case "wrong-count":
      return items.slice(1).map((item, index) => ({ ...item, index }));
    case "not-a-number":
      return items.map((item) =>
        item.text.includes(fault.text ?? "") ? { ...item, vector: item.vector.map(() => NaN) } : item,
      );
    case "other-dimension":
      return items.map((item) => ({ ...item, vector: item.vector.slice(1) }));
    case "other-order":
      return [...items].reverse();
    case "half-answer":
    case "html":
    case "hang":
    case "connection-reset":
    case "failure":
    case "rate-limit":
    case "unauthorized":
    case "refused-text":
    case "too-large":
    case undefined:
      return items;
    default:
      return fault satisfies never;
  }
}

/** Some servers repeat the key, as OpenAI's does in part. */
export function invalidKey(key: string): ApiError {
  return new ApiError(401, `Incorrect API key provided: ${key}.`, { code: "invalid_api_key" });
}
