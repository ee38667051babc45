import { AssignmentEndedError } from "../assignment/assignment.js";
import type { Checkpoint, CompletedBatch } from "./checkpoint.js";
import type { Delivery } from "../delivery/delivery.js";
import { OffsetCommits, type OffsetCommitsOptions } from "./offset-commits.js";
import { SerialQueue } from "../serial-queue.js";

export interface AtLeastOnceOptions extends OffsetCommitsOptions {
  readonly delivery: Delivery;
}

/** Produced records and dead letters are acknowledged batch by batch, and offsets committed behind them. */
export class AtLeastOnce implements Checkpoint {
  readonly #delivery: Delivery;
  readonly #commits: OffsetCommits;
  readonly #deliveries = new SerialQueue();
  /** What ended the application: nothing behind it may be committed. */
  #failure: { readonly error: unknown } | null = null;

  constructor({ delivery, ...commits }: AtLeastOnceOptions) {
    this.#delivery = delivery;
    this.#commits = new OffsetCommits(commits);
  }

  complete({ batch, results, retry }: CompletedBatch): Promise<void> {
    return this.#deliveries.run(async () => {
      if (this.#failure !== null) throw this.#failure.error;
      try {
        await results.deliver(this.#delivery, { retry, gate: batch.generation.context.gate });
      } catch (error) {
        if (!(error instanceof AssignmentEndedError)) this.#failure = { error };
        throw error;
      }
      this.#commits.add(batch, retry);
    });
  }

  flush(): Promise<void> {
    return this.#commits.flush();
  }
}
