import type { TopicOffsets } from "./checkpoint-offsets.js";
import type { RecordProducer } from "../record-producer.js";

/**
 * Produces in transactions: readers that wait for committed records see all of one, or nothing. One producer at a time
 * may use an id; a new one fences the last one, and ends what it had open.
 */
export interface TransactionalProducer extends RecordProducer {
  /** Takes the id over. @throws {RetriableError} @throws {FatalError} */
  open(): Promise<void>;
  /**
   * Commits what the work has sent, and the offsets that it gives back, at once. After a failure nothing of it counts,
   * and the producer has to be opened again.
   *
   * @throws {RetriableError} also when another producer has taken the id. @throws {FatalError} @throws what the work throws.
   */
  transact(group: string, work: () => Promise<readonly TopicOffsets[]>): Promise<void>;
}
