import { formatTableName, parseTableName, type TableName } from "@freshet/process/table-name";
import { stringifyJson, type JsonObject } from "@freshet/schemas/lossless-json";
import type { SnapshotCommand } from "@freshet/schemas/source-command";
import { FatalError } from "@freshet/streaming/errors";

/** What a person asks for. */
export interface SnapshotRequest {
  /** As written; null: every configured table. */
  readonly table: string | null;
  readonly where: string | null;
  readonly keys: readonly JsonObject[] | null;
}

export interface RequestContext {
  readonly slot: string;
  /** The configured ones. */
  readonly tables: readonly TableName[];
  readonly newId: () => string;
  /** Ms since the Unix epoch. */
  readonly now: number;
}

/** So that a command stays well below the megabyte that a broker takes by default. */
const MAX_KEYS_BYTES = 400_000;
/** As many outcomes as a producer keeps. */
const MAX_PARTS = 20;

/** One command for each table, or for each part of many keys. @throws {FatalError} with what to write instead. */
export function snapshotCommands(request: SnapshotRequest, context: RequestContext): SnapshotCommand[] {
  const { where, keys } = request;
  const { slot, newId, now } = context;
  const command = { kind: "snapshot", slot, where, keys: null, requestedAt: now } as const;
  if (where?.trim() === "") {
    throw new FatalError("--where is empty: write a condition over the table's columns, or leave it out.");
  }
  if (where !== null && keys !== null) {
    throw new FatalError("A part of a table is named by --where or by its keys, not by both: leave one out.");
  }
  if (request.table === null) {
    if (where !== null || keys !== null) {
      throw new FatalError(`--where and keys are for one table: name it, one of ${labels(context).join(", ")}.`);
    }
    return labels(context).map((table) => ({ ...command, id: newId(), table }));
  }
  const table = knownTable(request.table, context);
  if (keys === null) return [{ ...command, id: newId(), table }];
  const parts = cutKeys(keys);
  if (parts.length > MAX_PARTS) {
    const most = Math.floor((MAX_PARTS * MAX_KEYS_BYTES) / 1_000_000);
    throw new FatalError(`The keys are more than ${most} MB: give fewer at a time, or a condition by --where.`);
  }
  return parts.map((part) => ({ ...command, id: newId(), table, keys: [...part] }));
}

function labels({ tables }: RequestContext): string[] {
  return tables.map(formatTableName);
}

function knownTable(text: string, context: RequestContext): string {
  const wanted = parseTableName(text);
  const known = context.tables.find(({ schema, name }) => schema === wanted?.schema && name === wanted.name);
  if (known !== undefined) return formatTableName(known);
  throw new FatalError(`${text} is not among source.tables, which are: ${labels(context).join(", ")}.`);
}

function cutKeys(keys: readonly JsonObject[]): JsonObject[][] {
  const parts: JsonObject[][] = [];
  let bytes = Infinity;
  for (const key of keys) {
    const keyBytes = Buffer.byteLength(stringifyJson(key)) + 1;
    if (bytes + keyBytes > MAX_KEYS_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(key);
    bytes += keyBytes;
  }
  return parts;
}
