import { z } from "zod";
import { complaintAbout, isTimezone } from "./cron-expression.js";
import { formatTableName, tableName, type TableName } from "./table-name.js";

const KINDS = ["verify", "snapshot", "optimise", "backup", "dead-letters"] as const;
/** Longer than that is a mistake: the job is stuck. */
const A_DAY = 24 * 60;
const A_WEEK = 7 * A_DAY;

const cron = z.string().superRefine((text, context) => {
  const complaint = complaintAbout(text);
  if (complaint !== null) context.addIssue({ code: "custom", message: complaint });
});
const timezone = z.string().refine(isTimezone, 'expected the name of a time zone, such as "Europe/Berlin"');
const names = (what: string) =>
  z.array(z.string()).min(1, `expected at least one ${what}, or none of the field for all`);

const when = {
  cron,
  /** Not the machine's: every instance has to mean the same. */
  timezone: timezone.default("UTC"),
  /** After which a run is broken off, and has failed. */
  timeoutMinutes: z.int().min(1).max(A_WEEK).default(A_DAY),
};

const job = z.discriminatedUnion(
  "job",
  [
    z.strictObject({
      job: z.literal("verify"),
      ...when,
      /** Default: every index that can be verified. */
      indexes: names("index").optional(),
      /** Also recomputes texts and payloads, and of this part of the rows the vectors. */
      deep: z.number().min(0).max(1).optional(),
      /** Has what differs captured again. */
      repair: z.boolean().default(false),
      /** How long the pipeline may take to bring what is committed. */
      waitSeconds: z.int().min(1).default(60),
    }),
    z.strictObject({
      job: z.literal("snapshot"),
      ...when,
      /** Default: every table of the source. */
      tables: z.array(tableName).min(1, "expected at least one table, or none of the field for all").optional(),
    }),
    z.strictObject({
      job: z.literal("optimise"),
      ...when,
      /** Default: every zvec store. */
      stores: names("store").optional(),
    }),
    z.strictObject({
      job: z.literal("backup"),
      ...when,
      /** Default: every zvec store. */
      stores: names("store").optional(),
      /** So many of each store's backups stay, the newest; all when it is left out. */
      keep: z.int().min(1).optional(),
    }),
    z.strictObject({ job: z.literal("dead-letters"), ...when }),
  ],
  `expected job: one of ${KINDS.join(", ")}`,
);

export const scheduledJobSchema = job;
export type ScheduledJob = z.output<typeof job>;

interface Known {
  readonly schedule: Readonly<Record<string, ScheduledJob>>;
  readonly source: { readonly tables: readonly TableName[] };
  readonly stores: Readonly<Record<string, { readonly kind: string }>>;
  readonly indexes: Readonly<Record<string, unknown>>;
}

/** Tells of what a job names and the configuration doesn't have. */
export function checkSchedule(
  { schedule, source, stores, indexes }: Known,
  complain: (path: (string | number)[], message: string) => void,
): void {
  const tables = new Set(source.tables.map(formatTableName));
  for (const [name, settings] of Object.entries(schedule)) {
    const each = (
      field: string,
      values: readonly string[] | undefined,
      complaint: (value: string) => string | null,
    ) => {
      for (const [place, value] of (values ?? []).entries()) {
        const message = complaint(value);
        if (message !== null) complain(["schedule", name, field, place], message);
      }
    };
    switch (settings.job) {
      case "verify":
        each("indexes", settings.indexes, (index) => (index in indexes ? null : `"${index}" is not among indexes`));
        break;
      case "snapshot":
        each("tables", settings.tables?.map(formatTableName), (table) =>
          tables.has(table) ? null : `${table} is not among source.tables`,
        );
        break;
      case "optimise":
      case "backup":
        each("stores", settings.stores, (store) => {
          const kind = stores[store]?.kind;
          if (kind === undefined) return `"${store}" is not among stores`;
          return kind === "zvec" ? null : `expected a store of kind zvec: ${kind} looks after itself`;
        });
        break;
      case "dead-letters":
        break;
      default:
        settings satisfies never;
    }
  }
}
