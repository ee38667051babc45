/** What a producer said of the samples and operations; every value is JSON text. */
export interface Captured {
  /** Names of a message's fields and of its source's, in order, separated by spaces: `before after source.db`. */
  readonly fields: string;
  readonly samples: readonly CapturedSample[];
  readonly operations: readonly CapturedOperation[];
}

export interface CapturedSample {
  readonly type: string;
  readonly literal: string;
  /** Null: the column wasn't in the message. */
  readonly snapshot: string | null;
  readonly streamed: string | null;
}

export interface CapturedOperation {
  readonly name: string;
  readonly messages: readonly CapturedChange[];
}

/** Null: it wasn't in the message; a tombstone has a key alone. */
interface CapturedChange {
  readonly key: string | null;
  readonly op: string | null;
  readonly before: string | null;
  readonly after: string | null;
}

/** What Debezium said, and which one it was. */
export interface Recording extends Captured {
  readonly connector: string;
  readonly postgres: string;
}
