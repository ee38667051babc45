import { setTimeout as delay } from "node:timers/promises";
import type { CacheNotes } from "@freshet/embeddings/cache/embedding-cache";
import { addUsage, embeddingUsage, NO_USAGE, usageSince, type EmbeddingUsage } from "@freshet/schemas/embedding-usage";
import { encodeState, stateKey, type EmbeddedState } from "@freshet/schemas/service-state";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import type { DeliveryChannel } from "@freshet/streaming/delivery-channel";
import type { Logger } from "@freshet/streaming/logger";
import { within } from "@freshet/streaming/within";

export interface UsageReportOptions {
  readonly indexes: readonly string[];
  /** What this process has counted for the index since its start. */
  readonly count: (index: string) => Promise<EmbeddingUsage>;
  /** Where the totals live. */
  readonly notes: CacheNotes;
  /** Also makes the state topic if need be. */
  readonly open: () => Promise<DeliveryChannel>;
  readonly logger: Logger;
}

const REPORT_EVERY_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * Adds what each index costs to the totals in the cache, and publishes them for `freshet status`, when they have
 * changed: every ten seconds and at the end. They only inform, so whatever goes wrong is logged and tried again.
 */
export class UsageReport {
  readonly #options: UsageReportOptions;
  /** What is in the totals already. */
  readonly #added = new Map<string, EmbeddingUsage>();
  readonly #unpublished = new Map<string, EmbeddedState>();
  #channel: DeliveryChannel | undefined;
  #publishing: Promise<void> | undefined;

  constructor(options: UsageReportOptions) {
    this.#options = options;
  }

  /** Until the signal is aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(REPORT_EVERY_MS, undefined, { signal }).catch(() => undefined);
      await this.#addUp();
      // A broker that is away may take long to say so.
      this.#publishing ??= this.#publish().finally(() => (this.#publishing = undefined));
      await within(CLOSE_TIMEOUT_MS, this.#publishing);
    }
    const channel = this.#channel;
    this.#channel = undefined;
    await channel?.close(CLOSE_TIMEOUT_MS).catch((error: unknown) => this.#complain(error));
  }

  async #addUp(): Promise<void> {
    try {
      for (const index of this.#options.indexes) await this.#add(index);
    } catch (error) {
      this.#complain(error);
    }
  }

  async #publish(): Promise<void> {
    if (this.#unpublished.size === 0) return;
    try {
      const channel = (this.#channel ??= await this.#open());
      if (channel.isFull) return;
      for (const [key, state] of this.#unpublished) {
        channel.offer({ topic: STATE_TOPIC, key, value: encodeState(state) });
      }
      this.#unpublished.clear();
    } catch (error) {
      this.#complain(error);
    }
  }

  async #add(index: string): Promise<void> {
    const { count, notes } = this.#options;
    const counted = await count(index);
    const added = this.#added.get(index) ?? NO_USAGE;
    if (JSON.stringify(counted) === JSON.stringify(added)) return;
    const more = usageSince(counted, added);
    const total = await notes.update(`usage ${index}`, (noted) => JSON.stringify(addUsage(parse(noted), more)));
    this.#added.set(index, counted);
    const state = { kind: "embedded", index, cache: notes.id, usage: parse(total), updatedAt: Date.now() } as const;
    this.#unpublished.set(stateKey(state), state);
  }

  async #open(): Promise<DeliveryChannel> {
    const channel = await this.#options.open();
    channel.failed.catch((error: unknown) => {
      this.#complain(error);
      this.#channel = undefined;
    });
    return channel;
  }

  #complain(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn({ reason }, "What embedding costs can't be published for `freshet status` just now.");
  }
}

function parse(noted: string | undefined): EmbeddingUsage {
  return noted === undefined ? NO_USAGE : embeddingUsage.parse(JSON.parse(noted));
}
