import { z } from "zod";
import { columns, topicName } from "./source-configuration.js";
import { formatTableName, tableName, type TableName } from "./table-name.js";

const FORMATS = ["json", "debezium", "wal2json"] as const;
const FIELD_TYPES = ["keyword", "integer", "float", "boolean"] as const;
const PERIODS = ["day", "month", "year"] as const;
const CHUNKING = "expected false, or some of {maxTokens, overlap, maxChunks}";

/** What is left out is chosen by what the model takes. */
const chunking = z.strictObject({
  /** Of a chunk, in the model's tokens, its prefix and special tokens included. */
  maxTokens: z.int().min(16).optional(),
  /** How much of a chunk the next one repeats at most, in tokens. */
  overlap: z.int().min(0).optional(),
  /** A row whose text becomes more chunks is a dead letter. */
  maxChunks: z.int().min(1).optional(),
});

const partitionBy = z.strictObject({
  column: z.string(),
  /** By the time in the column; by its value when it is left out. */
  every: z.enum(PERIODS, `expected one of ${PERIODS.join(", ")}, or none for a partition of each value`).optional(),
});

const index = z.strictObject({
  table: tableName.optional(),
  /** Rows that don't come from a table here: JSON objects, or another program's change events. */
  topic: topicName.optional(),
  /** Of the topic's messages. */
  format: z.enum(FORMATS, `expected one of ${FORMATS.join(", ")}`).optional(),
  /** The fields that name a row, where the messages' keys don't. */
  key: columns.optional(),
  /** A Liquid template over the row's columns. */
  text: z.string().min(1),
  /** A Liquid condition over the row's columns: other rows aren't in the index. */
  where: z.string().min(1).optional(),
  payload: z.array(z.string()).default([]),
  /** Columns of the payload that searches are narrowed by, and their types. */
  filterable: z.record(z.string(), z.enum(FIELD_TYPES, `expected one of ${FIELD_TYPES.join(", ")}`)).default({}),
  /** The column of the payload whose value each search has to name. */
  tenant: z.string().optional(),
  /** Also by words (BM25). */
  hybrid: z.boolean().default(false),
  /** The column of the payload that decides which of several collections holds a row; all are searched as one. */
  partitionBy: partitionBy.optional(),
  /** False: one chunk, which the model cuts. */
  chunking: z.union([z.literal(false), chunking], CHUNKING).optional(),
  model: z.string(),
  stores: z.array(z.string()).min(1, "expected at least one store"),
});

/** Where an index's rows come from. */
export type IndexRows = { readonly table: TableName; readonly topic?: undefined } | TopicRows;
export interface TopicRows {
  readonly topic: string;
  readonly table?: undefined;
  readonly format?: (typeof FORMATS)[number] | undefined;
  readonly key?: readonly string[] | undefined;
}

type Index = Omit<z.output<typeof index>, "table" | "topic" | "format" | "key"> & IndexRows;

export const indexSchema = index.transform(({ table, topic, format, key, ...rest }, context): Index => {
  const complain = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
  const { maxTokens, overlap = 0 } = rest.chunking || {};
  if (maxTokens !== undefined && 2 * overlap >= maxTokens) {
    complain(["chunking", "overlap"], "expected less than half of maxTokens");
  }
  const { payload, filterable, tenant, hybrid, partitionBy } = rest;
  for (const [path, column] of [
    ...Object.keys(filterable).map((column) => [["filterable", column], column] as const),
    ...(tenant === undefined ? [] : [[["tenant"], tenant] as const]),
    ...(partitionBy ? [[["partitionBy", "column"], partitionBy.column] as const] : []),
  ]) {
    if (!payload.includes(column)) complain([...path], `${column} is not among the index's payload`);
  }
  if (tenant !== undefined && (filterable[tenant] ?? "keyword") !== "keyword") {
    complain(["filterable", tenant], "expected keyword, because it is the tenant");
  }
  if (partitionBy && hybrid) {
    complain(
      ["partitionBy"],
      "can't be had together with hybrid: each partition would rank by the words of its own texts; take one of them out",
    );
  }
  for (const [name, value] of Object.entries({ format, key })) {
    if (value !== undefined && topic === undefined) {
      complain([name], `is about a topic, but this index names none: take it out, or set topic instead of table`);
    }
  }
  if (topic !== undefined && table === undefined) return { ...rest, topic, format, key };
  if (topic === undefined && table !== undefined) return { ...rest, table };
  complain(table === undefined ? [] : ["topic"], "expected either table: schema.table or topic: name, for the rows");
  return z.NEVER;
});

/** `schema.table`, or the topic's name: for people, and for what names a row's origin. */
export function formatRows(rows: IndexRows): string {
  return rows.topic ?? formatTableName(rows.table);
}

/** What a store's collection of an index has for searches. */
export function featuresOf({ filterable, tenant, hybrid }: Pick<Index, "filterable" | "tenant" | "hybrid">) {
  const fields = tenant === undefined ? filterable : { ...filterable, [tenant]: "keyword" as const };
  return { fields, tenant: tenant ?? null, hybrid };
}
