import fastify, { type FastifyInstance } from "fastify";
import type { Registry } from "prom-client";

export interface Readiness {
  readonly ready: boolean;
  /** Why not, for a person. */
  readonly reason?: string;
}

/**
 * - `/health/live`: the process answers.
 * - `/health/ready`: 200 when it does its work, 503 with the reason when it can't.
 * - `/metrics`: Prometheus text.
 */
export function createHttpServer(registry: Registry, readiness: () => Readiness): FastifyInstance {
  const server = fastify({ logger: false, forceCloseConnections: true });
  server.get("/health/live", () => ({ live: true }));
  server.get("/health/ready", async (_request, reply) => {
    const state = readiness();
    return reply.code(state.ready ? 200 : 503).send(state);
  });
  server.get("/metrics", async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  return server;
}

/** @returns the port, which the system chose when 0 was asked for. @throws when the port is taken: one sentence. */
export async function listen(server: FastifyInstance, host: string, port: number): Promise<number> {
  try {
    const address = await server.listen({ host, port });
    return Number(new URL(address).port);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "EADDRINUSE" ? "is taken by another process" : `can't be used (${code ?? message})`;
    throw new Error(`Port ${port} on ${host} ${reason}; set FRESHET_HTTP_PORT to a free one.`, { cause: error });
  }
}
