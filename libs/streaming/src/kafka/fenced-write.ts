import type { Transaction } from "kafkajs";
import type { OutgoingRecord } from "../message.js";
import { translated } from "./errors.js";
import { RecordAddresser } from "./record-addresser.js";
import { openProducer, type ProducerOptions } from "./record-producer.js";
import { sendRecords } from "./send-records.js";

export interface FencedWriteOptions extends ProducerOptions {
  /** What all writers of the same thing share. */
  readonly transactionalId: string;
}

/** Readers of committed records wait for an open transaction, also for one of a process that has died. */
const TRANSACTION_TIMEOUT_MS = 10_000;

/**
 * Reads and writes as if nobody else did meanwhile: the broker refuses what a writer sends after another one of the same
 * transactional id has begun (https://kafka.apache.org/documentation/#producerconfigs_transactional.id). So whatever
 * `decide` has read of committed records is still the newest when its own are written.
 *
 * @param decide called once the broker refuses all who began before; the records are written all or none.
 * @throws {RetriableError} another one has begun meanwhile, or the broker is away: nothing was written, or all of it.
 * @throws {FatalError} this client may not.
 */
export async function fencedWrite(
  options: FencedWriteOptions,
  decide: () => Promise<readonly OutgoingRecord[]>,
): Promise<void> {
  const { connection, transactionalId, topics } = options;
  const producer = openProducer(options, { transactionalId, transactionTimeout: TRANSACTION_TIMEOUT_MS });
  let transaction: Transaction | null = null;
  try {
    await producer.connect();
    // kafkajs takes the id with the first transaction; an empty one asks nothing else of the broker.
    await (await producer.transaction()).abort();
    const records = await decide();
    if (records.length === 0) return;
    const addressed = await new RecordAddresser(topics).address(records);
    transaction = await producer.transaction();
    await sendRecords(transaction, addressed, { ...options, gate: undefined });
    await transaction.commit();
  } catch (error) {
    if (transaction?.isActive() === true) await transaction.abort().catch(() => undefined);
    throw translated(error, { connection, topics: [] });
  } finally {
    await producer.disconnect().catch(() => undefined);
  }
}
