import type { Sample } from "./types/type-row.js";

/** Why an operation's messages aren't Debezium's. */
const OPERATIONS: Readonly<Record<string, string>> = {
  snapshot:
    "a snapshot of ours ends with a message to each partition, after which rows that it didn't name are known to be gone",
  "update of the key": "ours says of an old row what the WAL has of it; Debezium writes null for what it doesn't know",
  delete: "ours says of an old row what the WAL has of it; Debezium writes null for what it doesn't know",
  "update that leaves a long value as it was": "ours reads the value from the row; Debezium writes a placeholder",
  truncate: "ours goes to each partition, under a reserved key, since a compacted topic refuses messages without one",
};

const POSITION = "ours alone: where the change stands in the source's history, and what its row hashes to";
const FINER = "the time that ts_ms has, in finer units";
const ORIGIN = "null unless the source is itself a replica, or the connector is told to read it";

/** Why one of us has a field that the other hasn't. */
const FIELDS: Readonly<Record<string, string>> = {
  "field source.epoch": POSITION,
  "field source.commitLsn": POSITION,
  "field source.seq": POSITION,
  "field source.rowHash": POSITION,
  "field transaction": "null unless the connector keeps a topic of transactions",
  "field ts_us": FINER,
  "field ts_ns": FINER,
  "field source.ts_us": FINER,
  "field source.ts_ns": FINER,
  "field source.version": "the connector's own",
  "field source.xmin": ORIGIN,
  "field source.origin": ORIGIN,
  "field source.origin_lsn": ORIGIN,
};

export function sampleName({ type, literal }: Pick<Sample, "type" | "literal">): string {
  return `${type} ${literal}`;
}

/** By the names that `compareCaptured` gives. */
export function reasonsByName(samples: readonly Sample[]): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(OPERATIONS),
    ...Object.entries(FIELDS),
    ...samples.flatMap((sample) =>
      sample.differs === undefined ? [] : [[sampleName(sample), sample.differs] as const],
    ),
  ]);
}
