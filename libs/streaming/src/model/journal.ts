import { closeSync, openSync, readSync, writeSync } from "node:fs";
import type { Fault } from "./fault.js";

/** A record as the sink has made it durable. */
export interface SinkRecord {
  readonly key: string;
  readonly sequence: number;
  readonly partition: number;
  readonly offset: number;
}

export interface CommittedOffset {
  readonly partition: number;
  /** The next one to be read. */
  readonly offset: number;
}

/** What a member has done or met. */
export type Entry = { readonly member: number; readonly time: string } & (
  | { readonly what: "joins" }
  | { readonly what: "wrote"; readonly records: readonly SinkRecord[] }
  /** About to be sent to the broker. */
  | { readonly what: "commits"; readonly offsets: readonly CommittedOffset[] }
  | { readonly what: "fault"; readonly fault: Fault }
  | { readonly what: "log"; readonly level: string; readonly message: string; readonly details: object }
  | { readonly what: "failed"; readonly error: string }
);
type Unsigned<T> = T extends unknown ? Omit<T, "member" | "time"> : never;

/**
 * The sink's store and the members' diary in one file that all members of a history append to. One write makes one
 * entry, also where several processes write at once (O_APPEND), and what is written outlives a SIGKILL: so the order of
 * the lines is the order of the events.
 */
export class Journal {
  readonly #file: number;
  readonly #member: number;

  constructor({ path, member }: { path: string; member: number }) {
    this.#file = openSync(path, "a");
    this.#member = member;
  }

  append(entry: Unsigned<Entry>): void {
    const time = new Date().toISOString().slice(11, -1);
    writeSync(this.#file, `${JSON.stringify({ time, member: this.#member, ...entry })}\n`);
  }
}

/** Follows a journal from its beginning. */
export class JournalReader {
  readonly entries: Entry[] = [];
  readonly #file: number;
  readonly #chunk = Buffer.alloc(64 * 1024);
  #rest = "";

  constructor(path: string) {
    this.#file = openSync(path, "a+");
  }

  /** What was appended since the last call. */
  read(): Entry[] {
    let count: number;
    while ((count = readSync(this.#file, this.#chunk)) > 0) this.#rest += this.#chunk.toString("utf8", 0, count);
    const lines = this.#rest.split("\n");
    this.#rest = lines.pop() ?? "";
    const entries = lines.map((line) => JSON.parse(line) as Entry);
    this.entries.push(...entries);
    return entries;
  }

  close(): void {
    closeSync(this.#file);
  }
}
