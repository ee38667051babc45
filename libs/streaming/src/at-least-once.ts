import type { Checkpoint, CompletedBatch } from "./checkpoint.js";
import type { Delivery } from "./delivery.js";
import { OffsetCommits, type OffsetCommitsOptions } from "./offset-commits.js";
import { SerialQueue } from "./serial-queue.js";

export interface AtLeastOnceOptions extends OffsetCommitsOptions {
  readonly delivery: Delivery;
}

/** Produced records and dead letters are acknowledged batch by batch, and offsets committed behind them. */
export class AtLeastOnce implements Checkpoint {
  readonly #delivery: Delivery;
  readonly #commits: OffsetCommits;
  readonly #deliveries = new SerialQueue();

  constructor({ delivery, ...commits }: AtLeastOnceOptions) {
    this.#delivery = delivery;
    this.#commits = new OffsetCommits(commits);
  }

  complete({ batch, results, retry }: CompletedBatch): Promise<void> {
    return this.#deliveries.run(async () => {
      await results.deliver(this.#delivery, { retry, gate: batch.generation.context.gate });
      this.#commits.add(batch, retry);
    });
  }

  flush(): Promise<void> {
    return this.#commits.flush();
  }
}
