import { encodeEmbeddedMessage } from "@freshet/schemas/embedded-document";
import { deadLetterTopic } from "@freshet/schemas/topics";
import type { DeliveryChannel } from "@freshet/streaming/delivery-channel";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import type { OutgoingRecord } from "@freshet/streaming/message";
import { retrying } from "@freshet/streaming/retry";
import type { Registry } from "prom-client";
import { orAborted } from "./call-stream.js";
import { BESIDE_PIPELINE } from "./row-change.js";
import type { RowState, RowView } from "./row-view.js";

export interface OvertakenRowsOptions {
  readonly connection: KafkaConnection;
  readonly topic: string;
  readonly view: RowView;
  readonly registry: Registry;
  /** Ends the waiting for a broker. */
  readonly signal: AbortSignal;
}

const CLOSE_TIMEOUT_MS = 2_000;

/**
 * Rows that the table changed while an upload of an older state was on its way: the topic, which keeps a row's last
 * message, would end with the older one. Their newest state is written once more.
 */
export class OvertakenRows {
  readonly #options: OvertakenRowsOptions;
  #channel: DeliveryChannel | null = null;

  constructor(options: OvertakenRowsOptions) {
    this.#options = options;
  }

  /** Resolves when the topic has them; they stay in the view's list until then. */
  async mend(): Promise<void> {
    const { signal, view } = this.#options;
    for (let rows = view.overtaken(); rows.length > 0; rows = view.overtaken()) {
      const channel = (this.#channel ??= await this.#openChannel());
      for (const { state } of rows) if (state) channel.offer(this.#toRecord(state));
      await orAborted(signal, channel.flush());
      await view.restored(rows.map(({ place }) => place));
    }
  }

  async close(): Promise<void> {
    await this.#channel?.close(CLOSE_TIMEOUT_MS);
  }

  #toRecord({ key, partition, position, value }: RowState): OutgoingRecord {
    const tombstone = encodeEmbeddedMessage({ op: "tombstone", position });
    const headers = { ...BESIDE_PIPELINE, ...(value === null ? tombstone.headers : {}) };
    return { topic: this.#options.topic, key, value, headers, partition, essential: true };
  }

  #openChannel(): Promise<DeliveryChannel> {
    const { connection, registry, signal, topic } = this.#options;
    return retrying(() => openDeliveryChannel({ connection, deadLetterTopic, registry }), {
      signal,
      onFailure: (error, attempt) => connection.logger.warn({ topic, attempt }, error.message),
    });
  }
}
