import { z } from "zod";
import { indexSchema } from "./index-configuration.js";
import { indistinguishable, modelSchema } from "./model-configuration.js";
import { checkSchedule, scheduledJobSchema } from "./schedule-configuration.js";
import { NO_SOURCE, sourceSchema } from "./source-configuration.js";
import { storeSchema } from "./stores/store-configuration.js";
import { formatTableName } from "./table-name.js";

const IDENTIFIER = "expected a name of letters, digits, _ and -, at most 63 of them";
const identifier = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/);
const topics = z.strictObject({
  /** Of each table's topic; an index's topic has as many. More instances than partitions share nothing. */
  partitions: z.int().min(1).max(1000).default(6),
});

/** Capture alone needs none of them. */
const named = <T extends z.ZodType>(what: string, schema: T) =>
  z
    .record(identifier, schema, {
      error: ({ code }) =>
        code === "invalid_key"
          ? IDENTIFIER
          : `expected the ${what} by their names, each with its settings; without any, leave it out`,
    })
    .default({});

export const configurationSchema = z
  .strictObject({
    source: sourceSchema.default(NO_SOURCE),
    topics: topics.prefault({}),
    models: named("models", modelSchema),
    stores: named("stores", storeSchema),
    indexes: named("indexes", indexSchema),
    schedule: named("jobs", scheduledJobSchema),
  })
  .superRefine((configuration, context) => {
    const complain = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    for (const [name, other] of indistinguishable(configuration.models)) {
      complain(
        ["models", name],
        `can't be told from the model "${other}", which has the same name at another address: set revision for both, ` +
          "the same one if they are the same model",
      );
    }
    checkSchedule(configuration, complain);
    const tables = new Set(configuration.source.tables.map(formatTableName));
    for (const [name, { table, model: modelName, stores }] of Object.entries(configuration.indexes)) {
      if (table !== undefined && !tables.has(formatTableName(table))) {
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
export type IndexConfiguration = Configuration["indexes"][string];
