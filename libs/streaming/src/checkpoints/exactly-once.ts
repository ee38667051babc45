import { type TopicPartition, nameOf } from "../assignment/assigned-partition.js";
import { AssignmentEndedError } from "../assignment/assignment.js";
import type { Retry } from "../batches/batch-run.js";
import { offsetsBehind } from "./checkpoint-offsets.js";
import type { Checkpoint, CompletedBatch } from "./checkpoint.js";
import type { Delivery } from "../delivery/delivery.js";
import type { RecordProducer } from "../record-producer.js";
import { RetriableError } from "../errors.js";
import type { Generation } from "../assignment/record-source.js";
import type { ConsumedRecord } from "../record.js";
import { SerialQueue } from "../serial-queue.js";
import type { TransactionalProducer } from "./transaction.js";

export interface ExactlyOnceOptions {
  readonly group: string;
  /** For the records of an input partition. */
  readonly openProducer: (partition: TopicPartition) => TransactionalProducer;
  readonly deliveryBy: (producer: RecordProducer) => Delivery;
  /** Up to where the group has committed; null where it never did. @throws {RetriableError} @throws {FatalError} */
  readonly committed: (partition: TopicPartition) => Promise<bigint | null>;
}

interface Lane {
  readonly producer: TransactionalProducer;
  readonly delivery: Delivery;
  readonly queue: SerialQueue;
}

/** The first and the last record of a batch. */
interface Span {
  readonly first: ConsumedRecord;
  readonly last: ConsumedRecord;
}

/** A failed transaction is done again as a whole. */
const ONCE: Retry = async (_stage, work) => work(1);

/**
 * What a batch has produced and the offsets behind it are committed in one transaction, of a transactional id that
 * belongs to the input partition: whoever is assigned the partition takes the id, which fences the member that had
 * it before, and only then asks for the committed offsets.
 */
export class ExactlyOnce implements Checkpoint {
  readonly #options: ExactlyOnceOptions;
  #lanes = new Map<string, Lane>();

  constructor(options: ExactlyOnceOptions) {
    this.#options = options;
  }

  /** Takes the partitions' ids over; may be called again after a failure. @throws {RetriableError} @throws {FatalError} */
  async assign(partitions: readonly TopicPartition[], { context: { signal } }: Generation): Promise<void> {
    const lanes = new Map(partitions.map((partition) => [nameOf(partition), this.#lane(partition)]));
    const before = this.#lanes;
    this.#lanes = lanes;
    await closeAll(before);
    signal.throwIfAborted();
    await Promise.all([...lanes.values()].map(({ producer }) => producer.open()));
  }

  complete({ batch, results, retry }: CompletedBatch): Promise<void> {
    const { generation, records } = batch;
    const [first, last] = [records[0], records.at(-1)];
    const lane = last && this.#lanes.get(nameOf(last));
    if (first === undefined || last === undefined || lane === undefined || generation.context.signal.aborted) {
      // Its partition may be assigned again, and the lane another generation's.
      return Promise.reject(new AssignmentEndedError("The partitions of this batch are lost."));
    }
    const { producer, delivery, queue } = lane;
    const offsets = offsetsBehind(records);
    return queue.run(async () => {
      await retry("transaction", async (attempt) => {
        if (attempt > 1 && (await this.#isDone(producer, { first, last }, generation))) return;
        const { gate } = generation.context;
        await producer.transact(this.#options.group, async () => {
          await results.deliver(delivery, { retry: ONCE, gate });
          // What has produced nothing has asked no gate.
          gate.check(0);
          return offsets;
        });
      });
      generation.committed(offsets);
      batch.end();
    });
  }

  async flush(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map(({ queue }) => queue.run(() => Promise.resolve())));
  }

  close(): Promise<void> {
    return closeAll(this.#lanes);
  }

  /** Takes the id again, and finds out what became of a commit whose answer was lost. */
  async #isDone(producer: TransactionalProducer, { first, last }: Span, generation: Generation): Promise<boolean> {
    // No heartbeat is sent while the flush holds the join.
    if (generation.revoked.aborted) throw new AssignmentEndedError("The group is rebalancing.");
    // Only its owner may take the id again, and a heartbeat that is answered now says who that is.
    await generation.unfenced();
    await producer.open();
    generation.context.signal.throwIfAborted();
    const committed = await this.#options.committed(last);
    if (committed === null || committed <= first.offset) return false;
    if (committed === last.offset + 1n) return true;
    // This process was frozen since the heartbeat; the next one will tell.
    throw new RetriableError("Another member has gone on with the partition.");
  }

  #lane(partition: TopicPartition): Lane {
    const producer = this.#options.openProducer(partition);
    return { producer, delivery: this.#options.deliveryBy(producer), queue: new SerialQueue() };
  }
}

async function closeAll(lanes: ReadonlyMap<string, Lane>): Promise<void> {
  await Promise.all([...lanes.values()].map(({ producer }) => producer.close()));
}
