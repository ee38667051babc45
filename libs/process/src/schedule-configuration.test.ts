import { expect, it } from "vitest";
import { parseConfiguration } from "./configuration-file.js";

const BASE = `source: { tables: [public.books] }
models: { small: { provider: local, name: BAAI/bge-small-en-v1.5 } }
stores: { main: { kind: zvec }, far: { kind: qdrant } }
indexes:
  books: { table: public.books, text: "{{ description }}", model: small, stores: [main] }
schedule:
`;

const parse = (jobs: string) => parseConfiguration(BASE + jobs, "freshet.yaml");
const complaint = (jobs: string): string => {
  try {
    parse(jobs);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

it("fills in what a job leaves out", () => {
  expect(parse('  look: { job: verify, cron: "*/5 * * * *" }').schedule).toEqual({
    look: {
      ...{ job: "verify", cron: "*/5 * * * *", timezone: "UTC", timeoutMinutes: 1440 },
      ...{ repair: false, waitSeconds: 60 },
    },
  });
  expect(parseConfiguration(BASE.replace("schedule:\n", ""), "freshet.yaml").schedule).toEqual({});
});

it.each([
  ['look: { job: verify, cron: "61 * * * *" }', "look.cron", "Invalid value for minute: 61"],
  ['look: { job: verify, cron: "* * * *" }', "look.cron", 'expected a cron expression, such as "*/5 * * * *"; invalid'],
  ['look: { job: verify, cron: "2030-01-01T00:00:00" }', "look.cron", "not a date"],
  ['look: { job: verify, cron: "0 0 30 2 *" }', "look.cron", "this one is never due"],
  ['look: { job: verify, cron: "0 3 * * *", timezone: Mars }', "look.timezone", "expected the name of a time zone"],
  ['look: { job: verfy, cron: "0 3 * * *" }', "look.job", "expected job: one of verify, snapshot, optimise, backup"],
  ['look: { job: verify, cron: "0 3 * * *", keep: 3 }', "look.keep", "no such field"],
  ['look: { job: verify, cron: "0 3 * * *", indexes: [films] }', "look.indexes.0", '"films" is not among indexes'],
  ['look: { job: verify, cron: "0 3 * * *", indexes: [] }', "look.indexes", "expected at least one index, or none"],
  ['look: { job: snapshot, cron: "0 3 * * *", tables: [public.films] }', "look.tables.0", "not among source.tables"],
  ['look: { job: optimise, cron: "0 3 * * *", stores: [far] }', "look.stores.0", "qdrant looks after itself"],
  ['look: { job: backup, cron: "0 3 * * *", stores: [near] }', "look.stores.0", '"near" is not among stores'],
  ['"a/b c": { job: verify, cron: "0 3 * * *" }', "a/b c", "expected a name of letters, digits, _ and -"],
])("refuses %s", (job, field, sentence) => {
  const message = complaint(`  ${job}`);
  expect(message).toContain(`freshet.yaml:7: schedule.${field}: `);
  expect(message).toContain(sentence);
  expect(message.split("\n")).toHaveLength(1);
});
