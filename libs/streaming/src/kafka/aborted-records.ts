/** Of a fetched partition, what tells records of aborted transactions from others. */
export interface FetchedPartition {
  readonly messages: FetchedMessage[];
  /** In the order of the transactions' ends; null where the broker knows of none. */
  abortedTransactions: readonly AbortedTransaction[] | null;
}

export interface AbortedTransaction {
  readonly producerId: string;
  /** Of its first record in this partition. */
  readonly firstOffset: string;
}

export interface FetchedMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  /** Ends a transaction; kafkajs shows it to nobody, but reads on behind it. */
  isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

const ABORT = 0;

/**
 * Hides the records of aborted transactions as if they were control records, and leaves kafkajs nothing to hide: it
 * takes the transactions for sorted by their beginnings and enters one with each record, so that of two that were
 * open at once it shows the records of one.
 *
 * Source: Kafka protocol, Fetch response, aborted_transactions; the control record's key is a version and a type.
 */
export function hideAborted(partition: FetchedPartition): void {
  const { messages, abortedTransactions } = partition;
  if (abortedTransactions === null || abortedTransactions.length === 0) return;
  const toCome = abortedTransactions
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: BigInt(firstOffset) }))
    .sort((a, b) => (a.firstOffset < b.firstOffset ? 1 : -1));
  const open = new Set<string>();
  for (const message of messages) {
    const offset = BigInt(message.offset);
    for (let next = toCome.at(-1); next !== undefined && next.firstOffset <= offset; next = toCome.at(-1)) {
      open.add(next.producerId);
      toCome.pop();
    }
    const { producerId, inTransaction } = message.batchContext;
    if (!open.has(producerId)) continue;
    if (message.isControlRecord) {
      if (message.key?.readInt16BE(2) === ABORT) open.delete(producerId);
    } else if (inTransaction) message.isControlRecord = true;
  }
  partition.abortedTransactions = [];
}
