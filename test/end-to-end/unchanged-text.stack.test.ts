import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { setScene } from "../failure/scene.js";
import { ROOT_DIRECTORY, type ServiceProcess } from "../support/service-process.js";
import { until } from "../support/until.js";

const ROWS = 60;

/** The sum of a counter over the lines with this part. */
async function counter({ url }: ServiceProcess, name: string, part = ""): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) && line.includes(part));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

/** What `freshet status` says of embedding the only index. */
async function status(environment: Readonly<Record<string, string>>): Promise<Record<string, unknown> | null> {
  const command = join(ROOT_DIRECTORY, "services/admin/dist/main.js");
  const env = { PATH: process.env["PATH"], ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, [command, "status", "--json"], { env });
  const report = JSON.parse(stdout) as { readonly indexes: readonly { readonly embedding: Record<string, unknown> }[] };
  return report.indexes[0]?.embedding ?? null;
}

it("a row whose text did not change costs no inference and becomes a payload update, also on a new machine", async () => {
  const scene = await setScene({ seed: 1 });
  const table = `${scene.table.schema}."${scene.table.name}"`;
  await scene.client.query(
    `INSERT INTO ${table} SELECT id, 'The story of ' || id || ' ships', 0 FROM generate_series(1, ${ROWS}) AS id`,
  );
  const start = async (name: "cdc-producer" | "embedding-transformer" | "vector-sink", variables = {}) => {
    const service = await scene.pipeline.start(name, variables);
    await service.ready();
    return service;
  };
  await start("cdc-producer");
  const [first, sink] = await Promise.all([start("embedding-transformer"), start("vector-sink")]);
  const updatePayloads = async () => {
    await scene.client.query(`UPDATE ${table} SET note = note + 1`);
    await scene.expectIndexEqualsTable();
  };
  const payloadUpdates = () => counter(sink, "freshet_sink_rows_total", 'result="payloadOnly"');
  const inferred = (transformer: ServiceProcess) => counter(transformer, "freshet_embedding_texts_total");

  await scene.expectIndexEqualsTable();
  expect(await inferred(first)).toBe(ROWS);
  await updatePayloads();
  expect([await inferred(first), await payloadUpdates()]).toEqual([ROWS, ROWS]);
  expect(await counter(first, "freshet_embedding_cache_hits_total")).toBe(ROWS);

  await first.end("SIGKILL");
  const again = await start("embedding-transformer");
  await updatePayloads();
  expect([await inferred(again), await payloadUpdates()]).toEqual([0, 2 * ROWS]);
  expect(await again.end("SIGTERM")).toBe(0);

  const cache = await mkdtemp(join(tmpdir(), "freshet-cache-"));
  onTestFinished(() => rm(cache, { recursive: true, force: true }));
  const elsewhere = await start("embedding-transformer", { FRESHET_CACHE_DIR: cache });
  await updatePayloads();
  expect([await inferred(elsewhere), await payloadUpdates()]).toEqual([0, 3 * ROWS]);
  expect(await elsewhere.end("SIGTERM")).toBe(0);

  // What the first one counted in its last seconds went with it.
  await until(async () => Number((await status(scene.pipeline.environment))?.["cached"]) >= 2 * ROWS, {
    what: "the totals of both machines are published",
    timeoutMs: 20_000,
  });
});
