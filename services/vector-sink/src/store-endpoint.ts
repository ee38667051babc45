import { isSameSecret } from "@freshet/process/same-secret";
import type { Logger } from "@freshet/streaming/logger";
import type { EmbeddedStore } from "@freshet/vector-stores/embedded-store";
import { InputRefusedError, StoreUnavailableError } from "@freshet/vector-stores/errors";
import { answerOperation } from "@freshet/vector-stores/remote/answer";
import {
  backupRequest,
  OPERATIONS,
  operationPath,
  type Operation,
  type OwnerOperation,
} from "@freshet/vector-stores/remote/protocol";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { StoreOptimisation } from "./store-optimisation.js";

export interface StoreEndpointOptions {
  readonly name: string;
  readonly store: EmbeddedStore;
  /** Asked of everybody; nobody is asked without it. */
  readonly apiKey?: string | undefined;
  /** The folder of the store's backups; there can't be any without it. */
  readonly backups?: string | undefined;
  readonly logger: Logger;
}

/** Lets others read, back up and optimise a store that only this process can have open. */
export function addStoreEndpoint(http: FastifyInstance, options: StoreEndpointOptions): void {
  const { name, store, apiKey, logger } = options;
  const answering = (operation: Operation | OwnerOperation, work: (body: unknown) => Promise<string>) =>
    http.post(
      operationPath(name, operation),
      { onRequest: (request, reply) => authorize(request, reply, apiKey) },
      async (request, reply) => {
        void reply.type("application/json");
        try {
          return await work(request.body);
        } catch (error) {
          const { status, message } = toAnswer(error);
          if (status >= 500) logger.warn({ operation, store: name, reason: message }, "A store request failed.");
          return reply.code(status).send(JSON.stringify({ error: message }));
        }
      },
    );
  for (const operation of OPERATIONS) answering(operation, (body) => answerOperation(store, operation, body));
  answering("backup", (body) => backUp(options, body));
  const optimisation = new StoreOptimisation(store);
  answering("optimise", async () => JSON.stringify(await optimisation.run()));
}

async function authorize(request: FastifyRequest, reply: FastifyReply, apiKey: string | undefined): Promise<void> {
  if (apiKey === undefined) return;
  const given = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (given !== undefined && isSameSecret(given, apiKey)) return;
  const error = "Send the key of FRESHET_ZVEC_API_KEY as authorization: Bearer ….";
  await reply.code(401).header("www-authenticate", "Bearer").type("application/json").send(JSON.stringify({ error }));
}

async function backUp({ name, store, backups, logger }: StoreEndpointOptions, body: unknown): Promise<string> {
  const { keep } = backupRequest.parse(body ?? {});
  if (backups === undefined) {
    throw new InputRefusedError("Set FRESHET_ZVEC_BACKUP_DIR for the vector-sink: the directory that backups go to.");
  }
  const startedAt = performance.now();
  const backup = await store.files.backUp(backups);
  const removed = keep === undefined ? [] : await store.files.removeOldBackups(backups, keep, backup.path);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  logger.info({ store: name, path: backup.path, bytes: backup.bytes, seconds, removed }, "The backup is there.");
  return JSON.stringify({ ...backup, removed });
}

function toAnswer(error: unknown): { status: number; message: string } {
  if (!(error instanceof Error)) return { status: 500, message: String(error) };
  if (error instanceof StoreUnavailableError) return { status: 503, message: error.message };
  if (error instanceof InputRefusedError) return { status: 422, message: error.message };
  return { status: error.name === "ZodError" ? 400 : 500, message: error.message };
}
