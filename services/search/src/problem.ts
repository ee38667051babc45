import { ModelUnavailableError, TextsRefusedError } from "@freshet/embeddings/embedding-model";
import { CollectionMismatchError, InputRefusedError, StoreUnavailableError } from "@freshet/vector-stores/errors";
import type { FastifyReply } from "fastify";
import { CollectionGoneError, ModelMismatchError } from "./index-searcher.js";

export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

/** An error answer as RFC 9457 wants it. */
export async function sendProblem(reply: FastifyReply, { status, title, detail }: Problem): Promise<void> {
  await reply
    .code(status)
    .type("application/problem+json")
    .send(JSON.stringify({ type: "about:blank", title, status, detail }));
}

export function badRequest(detail: string): Problem {
  return { status: 400, title: "Bad request", detail };
}

/** What goes wrong in a search, as its client is to read it. */
export function toProblem(error: unknown): Problem {
  if (error instanceof InputRefusedError || error instanceof TextsRefusedError) return badRequest(error.message);
  if (error instanceof StoreUnavailableError) {
    return { status: 503, title: "The vector store can't be reached", detail: error.message };
  }
  if (error instanceof ModelUnavailableError) {
    return { status: 503, title: "The model can't be reached", detail: error.message };
  }
  if (error instanceof ModelMismatchError) return { status: 503, title: "Another model", detail: error.message };
  if (error instanceof CollectionGoneError) {
    return { status: 503, title: "The index has lost its collection", detail: error.message };
  }
  if (error instanceof CollectionMismatchError) {
    return { status: 503, title: "Another index", detail: error.message };
  }
  return fromServer(error) ?? { status: 500, title: "The search failed", detail: "The service's log says why." };
}

/** The HTTP server's own refusals: a body that is too large, or no JSON. */
function fromServer(error: unknown): Problem | undefined {
  if (!(error instanceof Error && "statusCode" in error)) return undefined;
  const { statusCode: status, message: detail } = error;
  return typeof status === "number" && status >= 400 && status < 500
    ? { status, title: "Bad request", detail }
    : undefined;
}
