import { kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import { decodeState, jobStatePrefix, type JobState } from "@freshet/schemas/service-state";
import { ownKafka } from "@freshet/streaming/testing/broker";
import { CONTROL_TOPICS, STATE_TOPIC } from "@freshet/schemas/topics";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { readTopic } from "@freshet/streaming/kafka/topic-reader";
import { expect, it, onTestFinished, vi } from "vitest";
import { newSlot, TestInstallation, type RunningCommand } from "../testing/freshet-command.js";

const WAIT = { timeout: 60_000, interval: 100 };
const SECOND_MS = 1000;
const silent = () => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };
const environment = { FRESHET_KAFKA_SESSION_TIMEOUT_MS: "6000" };
const EVERY_SECOND = "* * * * * *";

/** Every record that was written of an installation's job, in order; null: it was deleted. */
async function history(slot: string, name: string, brokers = kafkaBrokers()): Promise<(JobState | null)[]> {
  const connection = { brokers, clientId: randomName("client"), logger };
  const admin = await connectTopicAdmin(connection);
  onTestFinished(() => admin.close());
  for (const topic of CONTROL_TOPICS) await admin.ensureTopic(topic);
  const offsets = (await admin.topicOffsets(STATE_TOPIC)) ?? [];
  const ends = new Map(offsets.filter(({ low, end }) => end > low).map(({ partition, end }) => [partition, end]));
  const found: (JobState | null)[] = [];
  const signal = AbortSignal.timeout(30_000);
  for await (const records of readTopic({ connection, topic: STATE_TOPIC, ends, signal })) {
    for (const { key, value } of records) {
      if (key?.toString() !== jobStatePrefix(slot) + name) continue;
      const state = value === null ? null : decodeState(value.toString());
      if (state === null || state.kind === "job") found.push(state);
    }
  }
  return found;
}

/** In the order in which they were begun. */
async function begunRuns(slot: string, name: string) {
  return (await history(slot, name)).flatMap((state) => state?.running ?? []);
}

async function lastOf(slot: string, name: string): Promise<JobState | null | undefined> {
  return (await history(slot, name)).at(-1);
}

async function ready(...schedulers: readonly RunningCommand[]): Promise<void> {
  for (const { url } of schedulers.map(addressed)) {
    await vi.waitFor(async () => expect((await fetch(`${url()}/health/ready`)).status).toBe(200), WAIT);
  }
}

async function metricsOf(scheduler: RunningCommand): Promise<string> {
  return (await fetch(`${addressed(scheduler).url()}/metrics`)).text();
}

/** Its port is chosen by the system, and told in its log. */
function addressed(scheduler: RunningCommand) {
  return {
    url: () => {
      const port = /"port":(\d+)/.exec(scheduler.stderr)?.[1];
      if (port === undefined) throw new Error(`it hasn't started:\n${scheduler.stderr}`);
      return `http://127.0.0.1:${port}`;
    },
  };
}

it("begins a job once for each due time, whoever of several leads, and when the leader is killed", async () => {
  const schedule = { letters: { job: "dead-letters", cron: EVERY_SECOND } };
  const slot = newSlot();
  const installation = new TestInstallation({ slot, tables: ["public.books"], schedule, environment });
  const one = installation.freshet("scheduler");
  const two = installation.freshet("scheduler");
  await ready(one, two);
  await vi.waitFor(async () => expect((await begunRuns(slot, "letters")).length).toBeGreaterThan(4), WAIT);
  const before = await begunRuns(slot, "letters");
  expect(new Set(before.map(({ instance }) => instance)).size).toBe(1);
  const leads = async (some: RunningCommand) => (await metricsOf(some)).includes("freshet_scheduler_leading 1");
  const isFirst = await leads(one);
  expect(await leads(two)).toBe(!isFirst);
  const [leader, other] = isFirst ? [one, two] : [two, one];
  expect(await metricsOf(leader)).toMatch(/freshet_scheduler_job_last_run_timestamp_seconds\{name="letters"/);

  leader.signal("SIGKILL");
  const taken = async () =>
    (await begunRuns(slot, "letters")).filter(({ instance }) => instance !== before[0]?.instance);
  await vi.waitFor(async () => expect((await taken()).length).toBeGreaterThan(3), WAIT);
  other.signal("SIGTERM");
  expect(await other.exit()).toBe(0);

  const runs = await begunRuns(slot, "letters");
  const times = runs.map(({ due, attempt }) => `${due} ${attempt}`);
  expect(new Set(times).size).toBe(times.length);
  expect(runs.every(({ due }) => due % SECOND_MS === 0)).toBe(true);
  expect(runs.map(({ due }) => due)).toEqual(runs.map(({ due }) => due).toSorted((a, b) => a - b));
  // What it missed between the two was made up for once.
  const gaps = runs.slice(1).map(({ startedAt }, place) => startedAt - (runs[place]?.startedAt ?? 0));
  expect(gaps.filter((gap) => gap > 4000)).toHaveLength(1);
  expect(await lastOf(slot, "letters")).toMatchObject({ running: null });
});

it("doesn't pile up, ends a run at SIGTERM, and begins it again with the next start", async () => {
  const schedule = { again: { job: "snapshot", cron: EVERY_SECOND } };
  const slot = newSlot();
  const installation = new TestInstallation({ slot, tables: ["public.books"], schedule, environment });
  // Nobody captures, so it waits.
  const scheduler = installation.freshet("scheduler");
  await vi.waitFor(() => expect(scheduler.stderr).toContain("is it running? Waiting for it."), WAIT);
  const status = installation.freshet("status");
  expect(await status.exit()).toBe(0);
  expect(status.stdout).toMatch(/Schedule {2}1 scheduler\n {2}again {2}snapshot, \* \* \* \* \* \* UTC, runs since /);
  const begun = await begunRuns(slot, "again");
  expect(begun).toHaveLength(1);
  const due = begun[0]?.due ?? 0;
  await vi.waitFor(() => expect(Date.now() - due).toBeGreaterThan(5 * SECOND_MS), WAIT);
  expect(await begunRuns(slot, "again")).toHaveLength(1);
  scheduler.signal("SIGTERM");
  expect(await scheduler.exit()).toBe(0);
  const last = (await lastOf(slot, "again"))?.last;
  expect(last).toMatchObject({ result: "interrupted", attempt: 1, due });
  expect(last?.skipped).toBeGreaterThanOrEqual(4);

  const next = installation.freshet("scheduler");
  await vi.waitFor(async () => expect(await begunRuns(slot, "again")).toHaveLength(2), WAIT);
  expect((await begunRuns(slot, "again"))[1]).toMatchObject({ attempt: 2, due });
  next.signal("SIGKILL");
});

it("goes on after failures, which it shows, and forgets a job that is configured no more", async () => {
  const slot = newSlot();
  const failing = { job: "verify", cron: EVERY_SECOND };
  const place = { slot, tables: ["public.books"], environment, postgresUrl: "postgres://nobody@127.0.0.1:1/none" };
  const installation = new TestInstallation({
    ...place,
    schedule: { failing, gone: { job: "dead-letters", cron: "@yearly" } },
  });
  const scheduler = installation.freshet("scheduler");
  await vi.waitFor(async () => expect((await begunRuns(slot, "failing")).length).toBeGreaterThan(3), WAIT);
  expect(await metricsOf(scheduler)).toMatch(/job_runs_total\{name="failing",job="verify",result="failed"\} [1-9]/);
  await ready(scheduler);
  const status = installation.freshet("status");
  expect(await status.exit()).toBe(0);
  expect(status.stdout).toMatch(/failing {2}verify, .* failed .* \(last ok: never\): .*couldn't be compared/);
  expect(await lastOf(slot, "gone")).toMatchObject({ last: null });
  scheduler.signal("SIGTERM");
  expect(await scheduler.exit()).toBe(0);

  const changed = new TestInstallation({ ...place, schedule: { failing } });
  const other = changed.freshet("scheduler");
  await vi.waitFor(async () => expect(await lastOf(slot, "gone")).toBeNull(), WAIT);
  other.signal("SIGTERM");
  expect(await other.exit()).toBe(0);
});

it("breaks a run off when the broker is silent, and begins it again when it answers", async () => {
  const { server } = await ownKafka();
  const slot = newSlot();
  const schedule = { again: { job: "snapshot", cron: EVERY_SECOND } };
  const { brokers } = server;
  const installation = new TestInstallation({ slot, tables: ["public.books"], schedule, environment, brokers });
  const scheduler = installation.freshet("scheduler");
  await vi.waitFor(() => expect(scheduler.stderr).toContain("is it running? Waiting for it."), WAIT);
  await server.pause();
  await vi.waitFor(() => expect(scheduler.stderr).toContain("This process leads no more."), WAIT);
  expect((await fetch(`${addressed(scheduler).url()}/health/ready`)).status).toBe(503);
  server.resume();
  const begun = async () => (await history(slot, "again", brokers)).flatMap((state) => state?.running ?? []);
  await vi.waitFor(async () => expect(await begun()).toHaveLength(2), WAIT);
  const states = await history(slot, "again", brokers);
  expect(states.find((state) => state?.last != null)?.last).toMatchObject({ result: "interrupted", attempt: 1 });
  expect((await begun())[1]).toMatchObject({ attempt: 2, due: (await begun())[0]?.due });
});
