import { setImmediate as nextTurn } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import type { UploadedRow, UploadRequest, UploadResponse } from "@freshet/batch-client/batch-protocol";
import { deadLetterTopic } from "@freshet/schemas/topics";
import type { DeliveryChannel } from "@freshet/streaming/delivery-channel";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { recordBytes } from "@freshet/streaming/send-cutting";
import type { Registry } from "prom-client";
import { indexNamed, type BatchIndex, type BatchIndexes } from "./batch-index.js";
import { CallError } from "./call-error.js";
import { orAborted, type CallStream } from "./call-stream.js";
import type { StreamRecord } from "./stream-record.js";
import type { TopicView } from "./topic-view.js";
import type { TopicViews } from "./topic-views.js";
import { decideUpload } from "./upload-decision.js";
import { knownDocument, textHashes, toRecord } from "./upload-message.js";
import { UploadOutcome } from "./upload-outcome.js";
import { requireModel } from "./upload-model.js";
import { checkedRow, type RowRules } from "./uploaded-row.js";

export interface UploadOptions {
  readonly indexes: BatchIndexes;
  readonly views: TopicViews;
  readonly connection: KafkaConnection;
  readonly registry: Registry;
}

/** What Kafka adds to a record in a batch of its own, at most. */
const BATCH_OVERHEAD = 1024;
/** Rows that are checked before others get their turn. */
const SLICE = 50;

/** Answers `Upload`; see batch.proto. */
export async function uploadRows(
  { requests, signal }: Pick<CallStream<UploadRequest, never>, "requests" | "signal">,
  record: StreamRecord,
  options: UploadOptions,
): Promise<Omit<UploadResponse, "reasons">> {
  let upload: Upload | undefined;
  try {
    for await (const { start, rows } of requests) {
      if (upload === undefined) {
        if (!start) throw new CallError(status.INVALID_ARGUMENT, "The first message of an upload must be its start.");
        const index = indexNamed(options.indexes, start.index);
        requireModel(index, start.model);
        record.started(index.name);
        upload = await Upload.open(index, { ...options, record, signal });
      } else if (rows) {
        await upload.take(rows.rows);
      } else {
        throw new CallError(status.INVALID_ARGUMENT, "An upload has one start, and then only rows.");
      }
    }
    if (upload === undefined) throw new CallError(status.INVALID_ARGUMENT, "The upload has no start.");
    return await upload.finish();
  } finally {
    await upload?.close();
  }
}

interface Opened extends UploadOptions {
  readonly record: StreamRecord;
  readonly signal: AbortSignal;
}

class Upload {
  readonly #index: BatchIndex;
  readonly #options: Opened;
  readonly #view: TopicView;
  readonly #channel: DeliveryChannel;
  readonly #maxBytes: number;
  readonly #outcome = new UploadOutcome();

  private constructor(index: BatchIndex, options: Opened, view: TopicView, channel: DeliveryChannel, maxBytes: number) {
    this.#index = index;
    this.#options = options;
    this.#view = view;
    this.#channel = channel;
    this.#maxBytes = maxBytes - BATCH_OVERHEAD;
  }

  static async open(index: BatchIndex, options: Opened): Promise<Upload> {
    const { connection, registry, signal, views } = options;
    const view = await orAborted(signal, views.of(index));
    await orAborted(signal, view.caughtUp(signal));
    const maxBytes = await view.maxMessageBytes();
    // One for each upload: what can't be delivered ends this one alone.
    const channel = await openDeliveryChannel({ connection, deadLetterTopic, registry });
    return new Upload(index, options, view, channel, maxBytes);
  }

  /** Resolves when there is room for more. */
  async take(rows: readonly UploadedRow[]): Promise<void> {
    const { record, signal } = this.#options;
    this.#view.throwIfFailed();
    const startedAt = performance.now();
    const before = this.#outcome.counts;
    const rules = {
      dimensions: this.#index.embedder.model.identity.dimensions,
      keyColumns: this.#view.rows.keyColumns(),
    };
    let bytes = 0;
    for (const [place, row] of rows.entries()) {
      bytes += this.#takeRow(row, rules);
      if (this.#channel.isFull) await orAborted(signal, this.#channel.ready());
      else if (place % SLICE === SLICE - 1) await nextTurn();
    }
    const { skipped, failed } = this.#outcome.counts;
    const counts = { skipped: skipped - before.skipped, failed: failed - before.failed };
    record.chunk({ rows: counts, bytes, ms: performance.now() - startedAt });
  }

  async finish(): Promise<Omit<UploadResponse, "reasons">> {
    const { signal } = this.#options;
    await orAborted(signal, this.#channel.flush());
    // Whatever of the upload came behind something newer is mended before the client hears of success.
    await orAborted(signal, this.#view.caughtUp(signal));
    return this.#outcome.toResponse();
  }

  /** What isn't delivered yet is given up. */
  async close(): Promise<void> {
    await this.#channel.close(0);
  }

  /** @returns the bytes that go to the topic. */
  #takeRow(offered: UploadedRow, rules: RowRules): number {
    const outcome = this.#outcome;
    try {
      const row = checkedRow(offered, rules);
      const hashes = textHashes(row, this.#index);
      const state = this.#view.rows.get(row.encodedKey);
      const known = knownDocument(state);
      const has = state && {
        position: state.position,
        isDeleted: state.value === null,
        textHashes: known?.chunks.map(({ textHash }) => textHash) ?? [],
      };
      const decision = decideUpload(has, { basedOn: row.basedOn, textHashes: hashes });
      if (decision.outcome !== "accept") {
        outcome[decision.outcome](row.encodedKey, decision.reason);
        return 0;
      }
      const { position } = decision;
      const record = toRecord({ row, hashes, position, known, partition: state?.partition ?? null }, this.#index);
      const bytes = recordBytes(record);
      if (bytes > this.#maxBytes)
        throw new Error(`the row takes ${bytes} bytes, and the topic takes ${this.#maxBytes}`);
      this.#channel.offer(record, () => this.#onDelivered());
      return bytes;
    } catch (error) {
      outcome.fail(offered.key, error instanceof Error ? error.message : String(error));
      return 0;
    }
  }

  #onDelivered(): void {
    this.#outcome.accepted += 1;
    this.#options.record.counted({ accepted: 1 });
  }
}
