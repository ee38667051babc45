import { readFileSync } from "node:fs";
import { ModelUnavailableError } from "@freshet/embeddings/embedding-model";
import { stringifyJson } from "@freshet/schemas/lossless-json";
import { StoreUnavailableError } from "@freshet/vector-stores/errors";
import type { FastifyInstance } from "fastify";
import type { Logger } from "@freshet/process/logger";
import { ModelMismatchError, type IndexSearcher } from "./index-searcher.js";
import { sendProblem } from "./problem.js";
import { parseSearchQuery } from "./search-query.js";

const PAGE = readFileSync(new URL("../public/index.html", import.meta.url), "utf8");
/** The page is one file: nothing is loaded from elsewhere, and nothing found in a row can run. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

export interface RouteOptions {
  readonly searchers: ReadonlyMap<string, IndexSearcher>;
  readonly logger: Logger;
}

/** `GET /` the page, `GET /search?q=…&k=10&index=…` the answers, `GET /indexes` the names. */
export function addRoutes(http: FastifyInstance, { searchers, logger }: RouteOptions): void {
  const indexes = [...searchers.keys()];

  http.get("/", async (_request, reply) =>
    reply.type("text/html; charset=utf-8").header("content-security-policy", CONTENT_SECURITY_POLICY).send(PAGE),
  );
  http.get("/indexes", () => ({ indexes }));
  http.get("/search", async (request, reply) => {
    const parsed = parseSearchQuery(request.query, indexes);
    if ("complaint" in parsed) return sendProblem(reply, 400, "Bad request", parsed.complaint);
    const { text, k, index } = parsed.query;
    const startedAt = performance.now();
    const results = (await searchers.get(index)?.search(text, k)) ?? [];
    const tookMs = Math.round((performance.now() - startedAt) * 10) / 10;
    return reply.type("application/json; charset=utf-8").send(stringifyJson({ results, tookMs }));
  });

  http.setNotFoundHandler(async (request, reply) =>
    sendProblem(reply, 404, "Not found", `There is nothing at ${request.url}.`),
  );
  http.setErrorHandler(async (error: Error, _request, reply) => {
    logger.debug({ err: error }, "request failed");
    if (error instanceof StoreUnavailableError) {
      return sendProblem(reply, 503, "The vector store can't be reached", error.message);
    }
    if (error instanceof ModelUnavailableError) {
      return sendProblem(reply, 503, "The model can't be reached", error.message);
    }
    if (error instanceof ModelMismatchError) return sendProblem(reply, 503, "Another model", error.message);
    logger.error({ err: error }, "a search failed");
    return sendProblem(reply, 500, "The search failed", "The service's log says why.");
  });
}
