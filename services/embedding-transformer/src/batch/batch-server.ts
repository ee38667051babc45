import { Server, ServerCredentials } from "@grpc/grpc-js";
import { Batch, type BatchHandlers } from "@freshet/batch-client/batch-protocol";
import { FatalError } from "@freshet/streaming/errors";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import type { Registry } from "prom-client";
import type { BatchIndex } from "./batch-index.js";
import { BatchMetrics, type Rpc } from "./batch-metrics.js";
import { CallRunner, type Call } from "./call-runner.js";
import { requestsOf, sendVia } from "./call-stream.js";
import { embedTexts } from "./embed.js";
import { exportDocuments } from "./export.js";
import { TopicViews } from "./topic-views.js";
import { uploadRows } from "./upload.js";

export interface BatchServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** What calls have to show; without it only this machine may call. */
  readonly apiKey?: string | undefined;
  /** For the views of the topics. */
  readonly directory: string;
  /** The names of those that are configured; calls about one that isn't served yet are to come again. */
  readonly indexes: readonly string[];
  readonly connection: KafkaConnection;
  readonly registry: Registry;
}

interface Parts {
  readonly server: Server;
  readonly port: number;
  readonly indexes: Map<string, BatchIndex | null>;
  readonly views: TopicViews;
  readonly runner: CallRunner;
}

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);
/** How long streams that were told to end may take to say so. */
const STOP_TIMEOUT_MS = 3_000;
const SETTINGS = {
  // Each may have 16 requests of 4 MiB waiting.
  "grpc.max_concurrent_streams": 16,
  // A reader that went away without a word would keep its stream for ever.
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
};

/** The gRPC service for batch jobs; see batch.proto. */
export class BatchServer {
  readonly port: number;
  readonly #server: Server;
  readonly #indexes: Map<string, BatchIndex | null>;
  readonly #views: TopicViews;
  readonly #runner: CallRunner;

  /** @throws {FatalError} one sentence, when it can't listen there. */
  static async start(options: BatchServerOptions): Promise<BatchServer> {
    const { apiKey, connection, directory, host, indexes, port, registry } = options;
    if (apiKey === undefined && !LOOPBACK.has(host)) {
      throw new FatalError(`FRESHET_GRPC_HOST is ${host}, so others can call: set FRESHET_GRPC_API_KEY.`);
    }
    const views = new TopicViews({ connection, directory, registry });
    const byName = new Map<string, BatchIndex | null>(indexes.map((name) => [name, null]));
    const metrics = new BatchMetrics(registry);
    const runner = new CallRunner({ metrics, logger: connection.logger, apiKey });
    const server = new Server(SETTINGS);
    server.addService(Batch.service, handlers(runner, { indexes: byName, views, connection, registry }));
    const bound = await listen(server, host, port);
    connection.logger.info({ host, port: bound }, "batch calls are answered");
    return new BatchServer({ server, port: bound, indexes: byName, views, runner });
  }

  private constructor({ server, port, indexes, views, runner }: Parts) {
    this.port = port;
    this.#server = server;
    this.#indexes = indexes;
    this.#views = views;
    this.#runner = runner;
  }

  /** From now on calls about the index are answered with it; those that are about documents it had before end. */
  serve(index: BatchIndex): void {
    const former = this.#indexes.get(index.name);
    this.#indexes.set(index.name, index);
    if (former && former.topic !== index.topic) this.#views.leave(former.topic);
    if (former?.topic !== index.topic) this.#views.resume(index);
  }

  /** Ends all streams with a status that says when to come back. */
  async close(): Promise<void> {
    this.#runner.stop();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#server.forceShutdown(), STOP_TIMEOUT_MS);
      this.#server.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    await this.#runner.idle();
    await this.#views.close();
  }
}

function handlers(runner: CallRunner, options: Parameters<typeof uploadRows>[2]): BatchHandlers {
  return {
    Export: (call) => {
      void streamed(runner, "export", call, ({ signal, record }) =>
        exportDocuments(call.request, { send: (response) => sendVia(call, response, signal), signal }, record, options),
      );
    },
    Embed: (call) => {
      void streamed(runner, "embed", call, ({ signal, record }) => {
        const stream = {
          requests: requestsOf(call, signal),
          send: (response: Parameters<typeof call.write>[0]) => sendVia(call, response, signal),
          signal,
        };
        return embedTexts(stream, record, options.indexes);
      });
    },
    Upload: (call, callback) => {
      void runner
        .run("upload", call, ({ signal, record }) =>
          uploadRows({ requests: requestsOf(call, signal), signal }, record, options),
        )
        .then((result) => ("value" in result ? callback(null, result.value) : callback(result.failure)));
    },
  };
}

/** A call whose responses are a stream: it ends, or fails with a status. */
async function streamed(
  runner: CallRunner,
  rpc: Rpc,
  call: Call & { end(): unknown; emit(event: "error", failure: object): unknown },
  work: Parameters<CallRunner["run"]>[2],
): Promise<void> {
  const result = await runner.run(rpc, call, work);
  if ("value" in result) call.end();
  // gRPC's way of ending a stream with a status.
  else call.emit("error", result.failure);
}

function listen(server: Server, host: string, port: number): Promise<number> {
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else
        reject(
          new FatalError(`Port ${port} on ${host} can't be used; set FRESHET_GRPC_PORT to a free one.`, {
            cause: error,
          }),
        );
    });
  });
}
