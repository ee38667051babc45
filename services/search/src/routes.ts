import type { Logger } from "@freshet/process/logger";
import { stringifyJson } from "@freshet/schemas/lossless-json";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { IndexSearcher } from "./index-searcher.js";
import { CONTENT_SECURITY_POLICY, PAGE } from "./page.js";
import { parameters } from "./parameters.js";
import { badRequest, sendProblem, toProblem, type Problem } from "./problem.js";
import type { SearchMetrics, SearchResultKind } from "./search-metrics.js";
import { modesOf, parseRequest, usualMode } from "./search-request.js";

const MAX_BODY_BYTES = 128 * 1024;

export interface RouteOptions {
  readonly searchers: ReadonlyMap<string, IndexSearcher>;
  readonly metrics: SearchMetrics;
  readonly logger: Logger;
}

/**
 * `GET /` the page, `GET /search?q=…&k=10&index=…` and `POST /search` (the same as a JSON object) the answers, `GET /indexes`
 * what can be asked of each index.
 */
export function addRoutes(http: FastifyInstance, { searchers, metrics, logger }: RouteOptions): void {
  http.get("/", async (_request, reply) =>
    reply.type("text/html; charset=utf-8").header("content-security-policy", CONTENT_SECURITY_POLICY).send(PAGE),
  );
  http.get("/indexes", () => ({
    indexes: [...searchers].map(([name, { features }]) => {
      return { name, modes: modesOf(features), tenant: features.tenant, fields: features.fields };
    }),
  }));
  http.get("/search", (request, reply) => answer(parameters(request.query), reply));
  http.post("/search", { bodyLimit: MAX_BODY_BYTES }, (request, reply) => answer(request.body, reply));

  http.setNotFoundHandler(async (request, reply) =>
    sendProblem(reply, { status: 404, title: "Not found", detail: `There is nothing at ${request.url}.` }),
  );
  http.setErrorHandler(async (error, _request, reply) => sendProblem(reply, logged(error)));

  async function answer(raw: unknown, reply: FastifyReply): Promise<void> {
    const parsed = parseRequest(raw, [...searchers.keys()]);
    if ("complaint" in parsed) return sendProblem(reply, badRequest(parsed.complaint));
    const { asked } = parsed;
    const searcher = searchers.get(asked.index);
    if (!searcher) throw new Error(`there is no searcher of the index ${asked.index}`);
    const startedAt = performance.now();
    const ended = (result: SearchResultKind, mode = asked.mode ?? usualMode(searcher.features)): number => {
      const ms = performance.now() - startedAt;
      metrics.searched({ index: asked.index, mode, result, seconds: ms / 1000 });
      return Math.round(ms * 10) / 10;
    };
    try {
      const answer = await searcher.answer(asked);
      if ("complaint" in answer) {
        await sendProblem(reply, badRequest(answer.complaint));
        return;
      }
      const { results, mode } = answer;
      const tookMs = ended(results.length > 0 ? "found" : "nothing", mode);
      await reply.type("application/json; charset=utf-8").send(stringifyJson({ results, mode, tookMs }));
    } catch (error) {
      const problem = logged(error);
      ended(kindOf(problem));
      await sendProblem(reply, problem);
    }
  }

  function logged(error: unknown): Problem {
    const problem = toProblem(error);
    if (problem.status === 500) logger.error({ err: error }, "a search failed");
    else logger.debug({ err: error }, "request failed");
    return problem;
  }
}

function kindOf({ status }: Problem): SearchResultKind {
  if (status < 500) return "refused";
  return status === 503 ? "unavailable" : "failed";
}
