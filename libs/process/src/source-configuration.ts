import { z } from "zod";
import { formatTableName, tableName, type TableName } from "./table-name.js";

/** Postgres allows no others in a slot's name. */
const slotName = z.string().regex(/^[a-z0-9_]{1,63}$/, "expected lower-case letters, digits and _, at most 63 of them");
const publicationName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/, "expected letters, digits, _ and -, at most 63 of them");
export const topicName = z
  .string()
  .regex(/^[a-zA-Z0-9._-]{1,249}$/, "expected letters, digits, ., _ and -, at most 249 of them");
export const columns = z.array(z.string().min(1)).min(1, "expected at least one column");

const POLL_FORMS =
  "{updatedAt: column}, with a deletedAt: column if there is one, or {changes: schema.table, sequence: column}";

/** How a table is read where logical replication can't be had. */
const polledTable = z.union(
  [
    z.strictObject({
      /** Rises with each change of a row: a timestamp, or a number. */
      updatedAt: z.string().min(1),
      /** Not null (or true) once the row counts as deleted. */
      deletedAt: z.string().min(1).optional(),
    }),
    z.strictObject({
      /** A table with one row for each change: which row it was, in the columns of the table's key. */
      changes: tableName,
      /** Its column that rises with each change. */
      sequence: z.string().min(1),
    }),
  ],
  `expected ${POLL_FORMS}`,
);

const tableOptions = z.strictObject(
  {
    table: tableName,
    /** Default: `cdc.<schema>.<table>`. */
    topic: topicName.optional(),
    /**
     * `include` is a closed list, put into the publication: other columns never leave the database. `exclude` leaves the
     * named ones out of the messages; columns added to the table later are captured.
     */
    columns: z
      .union(
        [z.strictObject({ include: columns }), z.strictObject({ exclude: columns })],
        "expected either {include: [column, …]} or {exclude: [column, …]}",
      )
      .optional(),
    /** A row filter, in SQL, put into the publication. */
    where: z.string().min(1).optional(),
    /** What names a row, for a table without a primary key. */
    key: columns.optional(),
    poll: polledTable.optional(),
  },
  {
    error: ({ code }) =>
      code === "invalid_type" ? "expected schema.table, such as public.books, or {table: schema.table, …}" : undefined,
  },
);

/** A captured table; `schema.table` alone in the file is one without options. */
export type SourceTable = TableName & Omit<z.output<typeof tableOptions>, "table">;

/** So that a complaint is about the one form that was meant. */
const withOptions = (table: unknown) => (typeof table === "string" ? { table } : table);

const sourceTable = z.preprocess(withOptions, tableOptions).transform(({ table, ...options }): SourceTable => ({
  ...table,
  ...options,
}));

const TABLES = "expected at least one table, such as tables: [public.books]";

const fields = {
  /** `wal`: logical replication. `poll`: queries in intervals, for servers that offer none. */
  mode: z.enum(["wal", "poll"]).default("wal"),
  /** Of the messages: Debezium's envelope, or wal2json's format version 1, one change each. */
  format: z.enum(["debezium", "wal2json"]).default("debezium"),
  publication: publicationName.default("freshet"),
  /** Names the replication slot; in `poll` mode only the stored progress. */
  slot: slotName.default("freshet"),
  tables: z.array(sourceTable, TABLES),
  snapshot: z
    .strictObject({
      /** Tables read at the same time. */
      parallel: z.int().min(1).max(16).default(2),
    })
    .prefault({}),
  poll: z
    .strictObject({
      intervalSeconds: z.number().positive().default(10),
      /** How long a transaction may stay open between setting `updatedAt` and its commit. */
      overlapSeconds: z.number().min(0).default(60),
    })
    .prefault({}),
};

/** Where every index has a topic of its own, there is nothing to capture. */
export const NO_SOURCE = z.strictObject(fields).parse({ tables: [] });

const source = z.strictObject({ ...fields, tables: fields.tables.min(1, TABLES) });

export const sourceSchema = source.superRefine(({ mode, tables }, context) => {
  const complain = (path: (string | number)[], message: string) =>
    context.addIssue({ code: "custom", path: ["tables", ...path], message });
  const seen = new Set<string>();
  for (const [place, table] of tables.entries()) {
    const label = formatTableName(table);
    if (seen.has(label)) complain([place], `${label} is here twice: leave one of them out`);
    seen.add(label);
    if (mode === "wal" && table.poll !== undefined) {
      complain([place, "poll"], `${label} isn't polled, as source.mode is wal: take it out, or set mode: poll`);
    }
    if (mode === "poll" && table.poll === undefined) {
      complain([place, "poll"], `source.mode is poll, so say how ${label} shows its changes: ${POLL_FORMS}`);
    }
  }
});
