import { performance } from "node:perf_hooks";
import { randomName } from "@freshet/local-stack/testing";
import { expect, it, onTestFinished, vi } from "vitest";
import type { Term } from "../leadership.js";
import { createTopic, ownKafka, testAdmin, testConnection } from "../testing/broker.js";
import type { KafkaConnection } from "./connection.js";
import { GroupLeadership } from "./group-leadership.js";

const SESSION_TIMEOUT_MS = 6_000;
const WAIT = { timeout: 30_000, interval: 20 };

interface Place {
  readonly topic: string;
  readonly group: string;
  readonly connection?: KafkaConnection;
}

function candidate({ topic, group, connection = testConnection() }: Place) {
  const leadership = new GroupLeadership({ connection, topic, group, sessionTimeoutMs: SESSION_TIMEOUT_MS });
  const stop = new AbortController();
  const terms: Term[] = [];
  const state = { working: false, endMs: 0 };
  const work = async (term: Term) => {
    terms.push(term);
    state.working = true;
    await new Promise((resolve) => term.signal.addEventListener("abort", resolve));
    await new Promise((resolve) => setTimeout(resolve, state.endMs));
    state.working = false;
  };
  const ended = leadership.run(work, stop.signal);
  const end = async () => {
    stop.abort();
    await ended;
  };
  onTestFinished(end);
  return { leadership, terms, state, end };
}

async function newPlace(): Promise<Place> {
  return { topic: await createTopic(1), group: randomName("group") };
}

async function stable(group: string, members: number): Promise<void> {
  const admin = await testAdmin();
  await vi.waitFor(async () => {
    expect(await admin.groupProgress(group, [])).toMatchObject({ state: "Stable", members });
  }, WAIT);
}

it("has one leader, who leads on while others come and go, and whose place is taken when its work has ended", async () => {
  const place = await newPlace();
  const first = candidate(place);
  await vi.waitFor(() => expect(first.state.working).toBe(true), WAIT);
  const others = [candidate(place), candidate(place), candidate(place)];
  await stable(place.group, 4);
  await others.pop()?.end();
  await stable(place.group, 3);
  for (const { leadership, terms } of others) {
    expect(leadership.readiness()).toEqual({ ready: true });
    expect(terms).toHaveLength(0);
  }
  expect(first.terms).toHaveLength(1);
  expect(first.terms[0]?.signal.aborted).toBe(false);
  expect(() => first.terms[0]?.gate.check(1000)).not.toThrow();

  first.state.endMs = 1500;
  let overlap = false;
  const watch = setInterval(() => (overlap ||= first.state.working && others.some(({ state }) => state.working)), 5);
  onTestFinished(() => clearInterval(watch));
  await first.end();
  // It could still note its end until its work was over.
  expect(first.terms[0]?.lost.aborted).toBe(true);
  await vi.waitFor(() => expect(others.filter(({ state }) => state.working)).toHaveLength(1), WAIT);
  expect(overlap).toBe(false);
});

it("ends its term when the broker is silent, before another one could lead, and leads again when it is back", async () => {
  const { server, connection, topics } = await ownKafka();
  const place = { topic: randomName("topic"), group: randomName("group"), connection };
  await topics.ensureTopic({ name: place.topic, partitions: 1 });
  const only = candidate(place);
  await vi.waitFor(() => expect(only.state.working).toBe(true), WAIT);
  const silentAt = performance.now();
  await server.pause();
  await vi.waitFor(() => expect(only.terms[0]?.lost.aborted).toBe(true), WAIT);
  expect(performance.now() - silentAt).toBeLessThan(SESSION_TIMEOUT_MS);
  expect(() => only.terms[0]?.gate.check(0)).toThrow("This process leads no more.");
  expect(only.leadership.readiness()).toMatchObject({ ready: false });
  server.resume();
  await vi.waitFor(() => expect(only.terms).toHaveLength(2), { timeout: 60_000 });
  expect(only.state.working).toBe(true);
  expect(only.leadership.readiness()).toEqual({ ready: true });
});

it("ends with what its work throws", async () => {
  const { topic, group } = await newPlace();
  const leadership = new GroupLeadership({
    ...{ connection: testConnection(), topic, group },
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
  });
  const failing = leadership.run(() => Promise.reject(new Error("broken")), new AbortController().signal);
  await expect(failing).rejects.toThrow("broken");
});
