import { credentials, Metadata, type ChannelCredentials } from "@grpc/grpc-js";
import { Attempts } from "./attempts.js";
import { Batch, type BatchClient, type ExportResponse, type Model, type UploadResponse } from "./batch-protocol.js";
import {
  fromWire,
  sizeOf,
  toEmbedded,
  type EmbeddedText,
  type ExportedDocument,
  type TextToEmbed,
  type UploadDocument,
} from "./batch-rows.js";
import { CHUNK_BOUNDS, ChunkPace, firstChunkRows } from "./chunk-rows.js";
import { cut } from "./cut.js";
import { EmbedStream } from "./embed-stream.js";
import { cancelWith } from "./open-call.js";
import { uploadPart } from "./upload-part.js";

export interface BatchJobsOptions {
  /** `host:port`. */
  readonly address: string;
  readonly apiKey?: string;
  /** Without encryption when absent. */
  readonly credentials?: ChannelCredentials;
  /** How often in a row a call may fail because the service is away; default 10. */
  readonly maxFailures?: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

type Items<T> = AsyncIterable<T> | Iterable<T>;

const MAX_FAILURES = 10;
/** The service takes requests of 4 MiB. */
const MAX_REQUEST_BYTES = 2 * 1024 * 1024;
/** What is kept to be sent again: a part is one call, and one that breaks is repeated. */
const PART = { items: 10_000, bytes: 32 * 1024 * 1024 };
const MAX_REASONS = 100;
/** A row may be as large as the topic's largest message. */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;

/**
 * Batch jobs on an index. Each call waits and goes on where it was when the service is away for a while; anything else
 * throws gRPC's ServiceError, and the signal its reason or a ServiceError of the status CANCELLED.
 */
export class BatchJobs {
  readonly #client: BatchClient;
  readonly #metadata = new Metadata();
  readonly #maxFailures: number;

  constructor({ address, apiKey, credentials: given, maxFailures = MAX_FAILURES }: BatchJobsOptions) {
    this.#client = new Batch(address, given ?? credentials.createInsecure(), {
      "grpc.max_receive_message_length": MAX_RESPONSE_BYTES,
    });
    if (apiKey !== undefined) this.#metadata.set("authorization", `Bearer ${apiKey}`);
    this.#maxFailures = maxFailures;
  }

  /**
   * An index's embedded documents in key order; no more of them is fetched than the loop keeps up with.
   *
   * @param options.afterKey the key of the last row of an export that ended early.
   */
  async *export(
    index: string,
    { afterKey = "", signal }: CallOptions & { readonly afterKey?: string } = {},
  ): AsyncGenerator<ExportedDocument, void, void> {
    const attempts = this.#attempts(signal);
    for (let after = afterKey; ;) {
      const call = this.#client.export({ index, afterKey: after }, this.#metadata);
      const release = cancelWith(call, signal);
      try {
        for await (const { rows, models } of call as AsyncIterable<ExportResponse>) {
          if (rows.length > 0) attempts.succeeded();
          for (const row of rows) {
            after = row.key;
            yield fromWire(row, models);
          }
        }
        return;
      } catch (error) {
        await attempts.failed(error);
      } finally {
        release();
      }
    }
  }

  /**
   * Brings precomputed embeddings into an index. Rows of a call that broke are sent again: those that had arrived then
   * count as skipped.
   *
   * @param model what made the vectors; see `model`.
   */
  async upload(
    index: string,
    model: Model,
    rows: Items<UploadDocument>,
    { signal }: CallOptions = {},
  ): Promise<UploadResponse> {
    const attempts = this.#attempts(signal);
    const pace = new ChunkPace(firstChunkRows(model));
    const total: UploadResponse = { accepted: 0, skipped: 0, failed: 0, reasons: [] };
    for await (const part of cut(rows, sizeOf, () => PART)) {
      const upload = { index, model, rows: part, pace, maxRequestBytes: MAX_REQUEST_BYTES, signal };
      const result = await attempts.retrying(() => uploadPart(this.#client, this.#metadata, upload));
      for (const count of ["accepted", "skipped", "failed"] as const) total[count] += result[count];
      total.reasons = [...total.reasons, ...result.reasons].slice(0, MAX_REASONS);
    }
    return total;
  }

  /** Vectors as the index's documents have them, in the order of the texts. */
  async *embed(
    index: string,
    texts: Items<TextToEmbed>,
    { signal }: CallOptions = {},
  ): AsyncGenerator<EmbeddedText, void, void> {
    const attempts = this.#attempts(signal);
    const pace = new ChunkPace(CHUNK_BOUNDS.minRows);
    const limits = () => ({ items: pace.rows, bytes: MAX_REQUEST_BYTES });
    let stream: EmbedStream | null = null;
    try {
      for await (const piece of cut(texts, ({ text }) => Buffer.byteLength(text), limits)) {
        const { embeddings, ms } = await attempts.retrying(async (isRepeated) => {
          if (isRepeated) stream?.close();
          if (isRepeated || stream === null) stream = new EmbedStream(this.#client, this.#metadata, index, signal);
          const startedAt = performance.now();
          const response = await stream.ask(piece);
          return { ...response, ms: performance.now() - startedAt };
        });
        pace.measured({ rows: piece.length, ms });
        for (const embedding of embeddings) yield toEmbedded(embedding);
      }
    } finally {
      (stream as EmbedStream | null)?.close();
    }
  }

  /** What makes the index's vectors. */
  async model(index: string, { signal }: CallOptions = {}): Promise<Model> {
    return this.#attempts(signal).retrying(async () => {
      const stream = new EmbedStream(this.#client, this.#metadata, index, signal);
      const { model } = await stream.ask([]).finally(() => stream.close());
      if (model === null) throw new Error("The service doesn't say which model it has.");
      return model;
    });
  }

  close(): void {
    this.#client.close();
  }

  #attempts(signal: AbortSignal | undefined): Attempts {
    return new Attempts({ maxFailures: this.#maxFailures, signal });
  }
}
