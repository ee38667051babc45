import type { Logger } from "@freshet/streaming/logger";
import { StoreUnavailableError } from "@freshet/vector-stores/errors";
import { answerOperation } from "@freshet/vector-stores/remote/answer";
import { OPERATIONS, operationPath } from "@freshet/vector-stores/remote/protocol";
import type { SearchableStore } from "@freshet/vector-stores/vector-store";
import type { FastifyInstance } from "fastify";

/** Lets others read a store that only this process can have open. */
export function addStoreEndpoint(
  http: FastifyInstance,
  { name, store, logger }: { readonly name: string; readonly store: SearchableStore; readonly logger: Logger },
): void {
  for (const operation of OPERATIONS) {
    http.post(operationPath(name, operation), async (request, reply) => {
      void reply.type("application/json");
      try {
        return await answerOperation(store, operation, request.body);
      } catch (error) {
        const { status, message } = toAnswer(error);
        if (status >= 500) logger.warn({ operation, store: name, reason: message }, "A store request failed.");
        return reply.code(status).send(JSON.stringify({ error: message }));
      }
    });
  }
}

function toAnswer(error: unknown): { status: number; message: string } {
  if (!(error instanceof Error)) return { status: 500, message: String(error) };
  if (error instanceof StoreUnavailableError) return { status: 503, message: error.message };
  return { status: error.name === "ZodError" ? 400 : 500, message: error.message };
}
