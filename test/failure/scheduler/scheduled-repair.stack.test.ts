import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomName } from "@freshet/local-stack/testing";
import { decodeState, stateKey, type JobState } from "@freshet/schemas/service-state";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import { pointId } from "@freshet/vector-stores/point-id";
import { openZvecStore } from "@freshet/vector-stores/zvec/store";
import { expect, it, onTestFinished } from "vitest";
import { FreshetCommand } from "../../support/freshet-command.js";
import { silent } from "../../support/quiescence.js";
import { until } from "../../support/until.js";
import { setScene, type Scene } from "../scene.js";

const seed = Number(process.env["FRESHET_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const JOB = "repair";
const LOST_ROW = -3;
const STALE_ROW = -5;
const TIMEOUT_MS = 150_000;

it("finds planted differences by its schedule, and has them repaired under load", async () => {
  const scene = await setScene({ seed, truncates: false, pauseMs: 100 });
  const { pipeline, client, workload } = scene;
  const table = `${scene.table.schema}."${scene.table.name}"`;
  await client.query(`INSERT INTO ${table} SELECT -n, 'the river in winter ' || n, n FROM generate_series(1, 20) n`);
  workload.start();
  const producer = await pipeline.start("cdc-producer");
  const transformer = await pipeline.start("embedding-transformer");
  const sink = await pipeline.start("vector-sink");
  await Promise.all([producer, transformer, sink].map((service) => service.ready()));
  await scene.moreChanges(20);

  await schedule(scene);
  const environment = { ...pipeline.environment, FRESHET_HTTP_PORT: "0" };
  const scheduler = new FreshetCommand(environment, ["scheduler"]);
  onTestFinished(() => scheduler.kill());
  const said = await reported(scene, ({ last }) => last?.result === "ok");
  expect(said, scheduler.output).toContain("equal");

  expect(await sink.end("SIGTERM")).toBe(0);
  await plant(scene);
  sink.start();
  await sink.ready();
  const repaired = await reported(scene, ({ last }) => last?.message.includes("repaired") === true);
  expect(repaired).toMatch(/2 differences \(1 missing, 1 stale\), 2 repaired/);
  await reported(scene, ({ last }) => last?.result === "ok" && last.message.includes("equal"));
  expect(scheduler.running).toBe(true);
  await scheduler.kill();
  await scene.expectIndexEqualsTable();
}, 400_000);

async function schedule({ pipeline }: Scene): Promise<void> {
  const path = pipeline.environment["FRESHET_CONFIG"] ?? "";
  const configuration = JSON.parse(await readFile(path, "utf8")) as object;
  const jobs = { [JOB]: { job: "verify", cron: "*/2 * * * * *", repair: true, waitSeconds: 30 } };
  await writeFile(path, JSON.stringify({ ...configuration, schedule: jobs }));
}

/** What the job's record says once it is as wanted. */
async function reported({ brokers, name }: Scene, isWanted: (state: JobState) => boolean): Promise<string> {
  const connection = { brokers: [...brokers], clientId: randomName("client"), logger: silent };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const states = await openCompactedTopic({ connection, topic: STATE_TOPIC, signal });
  const key = stateKey({ kind: "job", slot: name, name: JOB } as JobState);
  let found = "";
  const look = () => {
    const text = states.entries.get(key);
    const state = text === undefined ? null : decodeState(text);
    if (state?.kind !== "job" || !isWanted(state)) return Promise.resolve(false);
    found = state.last?.message ?? "";
    return Promise.resolve(true);
  };
  try {
    await until(look, { what: `the job ${JOB} ends as wanted`, timeoutMs: TIMEOUT_MS });
  } finally {
    await states.close();
  }
  return found;
}

/** Behind the pipeline's back, while the sink is down: a row's point is gone, another one says that it's of an older row. */
async function plant({ pipeline, name }: Scene): Promise<void> {
  const store = await openZvecStore({ directory: join(pipeline.environment["FRESHET_ZVEC_DIR"] ?? "", "main") });
  try {
    const collection = (await store.resolveAlias(name)) ?? "";
    const [lost, stale] = [LOST_ROW, STALE_ROW].map((id) => pointId(name, `{"id":${id}}`, 0));
    const point = (await store.retrieve(collection, [stale ?? ""])).get(stale ?? "");
    expect(point).toBeDefined();
    const upserts = point ? [{ ...point, metadata: { ...point.metadata, rowHash: "f".repeat(64) } }] : [];
    const batch = { upserts, payloads: [], deletes: [{ id: lost ?? "", position: null }] };
    await store.apply(collection, batch, () => undefined);
  } finally {
    await store.close();
  }
}
