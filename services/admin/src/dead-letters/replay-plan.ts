import { isUtf8 } from "node:buffer";
import { documentsTopicOf, type RunningGeneration } from "@freshet/generations/running-generation";
import type { Configuration } from "@freshet/process/configuration";
import { formatTableName } from "@freshet/process/table-name";
import { isControlKey } from "@freshet/schemas/control-message";
import { decodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import { tableTopic } from "@freshet/schemas/topics";
import type { DeadLetterRecord } from "@freshet/streaming/dead-letter";

/** What replaying a letter means. */
export type ReplayStep =
  /** The original goes to where it came from. */
  | { readonly kind: "send"; readonly topic: string }
  /** It told of a row, of which newer messages may have come since: the row as it is now is captured instead. */
  | { readonly kind: "capture"; readonly table: string; readonly key: RowKey }
  /** It stays where it is. */
  | { readonly kind: "leave"; readonly why: string };

/** The tables by the topics whose keys are their rows'. @param generations of every index. */
export function rowTopics(
  { source }: Pick<Configuration, "source">,
  generations: readonly RunningGeneration[],
): Map<string, string> {
  const changes = source.tables.map((table) => [tableTopic(table, source.tables), formatTableName(table)] as const);
  const documents = generations.flatMap((generation) => {
    const { table } = generation.settings;
    return table === undefined ? [] : [[documentsTopicOf(generation), formatTableName(table)] as const];
  });
  return new Map([...changes, ...documents]);
}

/** Named as this project's, of whatever configuration. */
const ROWS = /^(cdc|embeddings)\./;

export function planReplay(letter: DeadLetterRecord, tables: ReadonlyMap<string, string>): ReplayStep {
  const { topic } = letter.origin;
  if (topic === null) return leave("doesn't say where it comes from");
  const table = tables.get(topic);
  if (table !== undefined) return planRow(letter.record.key, table);
  if (ROWS.test(topic))
    return leave("is of no table or index in this configuration, so its row can't be captured again");
  if (!letter.hasBody) return leave("is here without its body, which was too large");
  return { kind: "send", topic };
}

function planRow(bytes: Buffer | null, table: string): ReplayStep {
  const key = readKey(bytes);
  if (key === null) return leave(`has a key that names no row: freshet snapshot ${table} captures every row again`);
  if (!isControlKey(key)) return { kind: "capture", table, key };
  return leave(`is a control message, about more than a row: freshet snapshot ${table} makes up for it`);
}

function readKey(bytes: Buffer | null): RowKey | null {
  if (bytes === null || !isUtf8(bytes)) return null;
  try {
    const key = decodeRowKey(bytes.toString());
    return Object.keys(key).length > 0 ? key : null;
  } catch {
    return null;
  }
}

function leave(why: string): ReplayStep {
  return { kind: "leave", why };
}
