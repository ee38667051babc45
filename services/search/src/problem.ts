import type { FastifyReply } from "fastify";

/** An error answer as RFC 9457 wants it. */
export async function sendProblem(reply: FastifyReply, status: number, title: string, detail: string): Promise<void> {
  await reply
    .code(status)
    .type("application/problem+json")
    .send(JSON.stringify({ type: "about:blank", title, status, detail }));
}
