import { z } from "zod";
import { quoteJson } from "./lossless-json.js";
import type { Position } from "./position.js";

/** Where and when a change was made. */
export interface ChangeSource {
  readonly db: string;
  readonly schema: string;
  readonly table: string;
  readonly txId: number | null;
  /** WAL position of the change itself, in bytes. */
  readonly lsn: bigint;
  /** When the transaction was committed, in ms since the Unix epoch. */
  readonly tsMs: number;
  readonly snapshot: boolean;
  /** The row was asked for by its key: whatever is stored of it is to be replaced. In Debezium's terms, incremental. */
  readonly repair?: true | undefined;
  readonly position: Position;
  /** See row-hash.ts; null on deletes and control messages. */
  readonly rowHash: string | null;
}

/** Of a snapshot that was asked for beside the stream. */
const INCREMENTAL = "incremental";

type SourceTable = Pick<ChangeSource, "db" | "schema" | "table">;
/** The rest of it, once the table is known. */
export type ChangeOfTable = Omit<ChangeSource, keyof SourceTable>;

/** Writes the `source` of one table's changes, each as JSON. What a transaction's changes share is written once. */
export class ChangeSourceEncoder {
  readonly #table: string;
  #transaction: TransactionTexts | null = null;

  constructor({ db, schema, table }: SourceTable) {
    this.#table =
      `{"connector":"postgresql","name":"freshet","db":${quoteJson(db)},` +
      `"schema":${quoteJson(schema)},"table":${quoteJson(table)},"txId":`;
  }

  encode(change: ChangeOfTable): string {
    let transaction = this.#transaction;
    if (transaction === null || !isOf(transaction.change, change)) {
      transaction = this.#begin(change);
      this.#transaction = transaction;
    }
    const { head, sequence, commit } = transaction;
    const lsn = String(change.lsn);
    const rowHash = change.rowHash === null ? "null" : `"${change.rowHash}"`;
    return `${head}${lsn}${sequence}${lsn}${commit}${change.position.seq},"rowHash":${rowHash}}`;
  }

  #begin(change: ChangeOfTable): TransactionTexts {
    const { txId, tsMs, snapshot, repair, position } = change;
    const kind = repair === true ? INCREMENTAL : String(snapshot);
    const { epoch, commitLsn } = position;
    return {
      change,
      head: `${this.#table}${txId},"lsn":`,
      sequence: String.raw`,"sequence":"[\"${commitLsn}\",\"`,
      commit: String.raw`\"]","ts_ms":${tsMs},"snapshot":"${kind}","epoch":${epoch},"commitLsn":${commitLsn},"seq":`,
    };
  }
}

interface TransactionTexts {
  readonly change: ChangeOfTable;
  /** Up to `lsn`. */
  readonly head: string;
  /** From there to where the sequence repeats it. */
  readonly sequence: string;
  /** From there to where `seq` stands. */
  readonly commit: string;
}

function isOf(a: ChangeOfTable, b: ChangeOfTable): boolean {
  return (
    a.position.commitLsn === b.position.commitLsn &&
    a.position.epoch === b.position.epoch &&
    a.txId === b.txId &&
    a.tsMs === b.tsMs &&
    a.snapshot === b.snapshot &&
    a.repair === b.repair
  );
}

const integer = z.union([z.bigint(), z.int().transform(BigInt)]);

export const sourceSchema = z.object({
  db: z.string(),
  schema: z.string(),
  table: z.string(),
  txId: z.number().nullish(),
  lsn: integer.nullish(),
  ts_ms: z.number(),
  snapshot: z.union([z.string(), z.boolean()]).nullish(),
  epoch: z.int().optional(),
  commitLsn: integer.optional(),
  seq: z.int().optional(),
  rowHash: z.string().nullish(),
});

/** @param fallback the position of a change that carries none of ours. */
export function toChangeSource(source: z.output<typeof sourceSchema>, fallback: Position): ChangeSource {
  const { epoch, commitLsn, seq } = source;
  const own = epoch !== undefined && commitLsn !== undefined && seq !== undefined;
  return {
    db: source.db,
    schema: source.schema,
    table: source.table,
    txId: source.txId ?? null,
    lsn: source.lsn ?? 0n,
    tsMs: source.ts_ms,
    snapshot: source.snapshot !== undefined && !["false", false, null].includes(source.snapshot),
    ...(source.snapshot === INCREMENTAL ? { repair: true } : {}),
    position: own ? { epoch, commitLsn, seq } : fallback,
    rowHash: source.rowHash ?? null,
  };
}
