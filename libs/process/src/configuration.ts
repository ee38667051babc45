import { z } from "zod";
import { sourceSchema } from "./source-configuration.js";
import { formatTableName, tableName } from "./table-name.js";

const identifier = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/, "expected letters, digits, _ and -, at most 63 of them");
const topics = z.strictObject({
  /** Of each table's topic; an index's topic has as many. More instances than partitions share nothing. */
  partitions: z.int().min(1).max(1000).default(6),
});

const model = z.strictObject({
  provider: z.literal("local"),
  name: z.string().min(1),
  dtype: z.enum(["fp32", "q8"]).default("q8"),
  queryPrefix: z.string().default(""),
  documentPrefix: z.string().default(""),
  /** Threads of one inference; the runtime's choice when absent. */
  threads: z.int().positive().optional(),
  /** The repository on the hub that has the ONNX files, when it isn't `name`. */
  hub: z.string().optional(),
});

const store = z.strictObject({ kind: z.enum(["qdrant", "zvec"]) });

const index = z.strictObject({
  table: tableName,
  /** A Liquid template over the row's columns. */
  text: z.string().min(1),
  payload: z.array(z.string()).default([]),
  model: z.string(),
  stores: z.array(z.string()).min(1, "expected at least one store"),
});

/** Capture alone needs none of them. */
const named = <T extends z.ZodType>(what: string, schema: T) =>
  z
    .record(identifier, schema, {
      error: ({ code }) =>
        code === "invalid_type"
          ? `expected the ${what} by their names, each with its settings; without any, leave it out`
          : undefined,
    })
    .default({});

export const configurationSchema = z
  .strictObject({
    source: sourceSchema,
    topics: topics.prefault({}),
    models: named("models", model),
    stores: named("stores", store),
    indexes: named("indexes", index),
  })
  .superRefine((configuration, context) => {
    const complain = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    const tables = new Set(configuration.source.tables.map(formatTableName));
    for (const [name, { table, model: modelName, stores }] of Object.entries(configuration.indexes)) {
      if (!tables.has(formatTableName(table))) {
        complain(["indexes", name, "table"], `${formatTableName(table)} is not among source.tables`);
      }
      if (!(modelName in configuration.models)) {
        complain(["indexes", name, "model"], `"${modelName}" is not among models`);
      }
      for (const [place, storeName] of stores.entries()) {
        if (!(storeName in configuration.stores)) {
          complain(["indexes", name, "stores", place], `"${storeName}" is not among stores`);
        }
      }
    }
  });

/** `freshet.yaml`, checked, with its defaults filled in; the same for every service. */
export type Configuration = z.output<typeof configurationSchema>;
export type ModelConfiguration = Configuration["models"][string];
export type StoreConfiguration = Configuration["stores"][string];
export type IndexConfiguration = Configuration["indexes"][string];
