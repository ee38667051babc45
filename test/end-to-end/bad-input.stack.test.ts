import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "@freshet/local-stack/postgres";
import { createDatabase, kafkaBrokers, modelFolder, randomName } from "@freshet/local-stack/testing";
import getPort from "get-port";
import { Client } from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { Pipeline } from "../support/pipeline.js";
import type { ServiceName, ServiceProcess } from "../support/service-process.js";
import { until } from "../support/until.js";

interface Place {
  readonly pipeline: Pipeline;
  readonly client: Client;
  readonly databaseUrl: string;
}

/** A pipeline over `public.books`, which isn't there yet. */
async function place(postgresUrl?: string): Promise<Place> {
  const url = postgresUrl ?? (await createDatabase()).url;
  const client = new Client({ connectionString: url });
  await client.connect();
  onTestFinished(async () => client.end());
  const pipeline = await Pipeline.prepare({
    postgresUrl: url,
    brokers: kafkaBrokers(),
    modelDirectory: await modelFolder("q8"),
    dtype: "q8",
    name: randomName("books"),
    table: { schema: "public", name: "books" },
    text: "{{ name }}",
    payload: ["name"],
  });
  onTestFinished(async () => {
    await pipeline.stop("SIGKILL");
  });
  return { pipeline, client, databaseUrl: url };
}

/** The one line that a refused start ends with. */
async function refusal(service: ServiceProcess): Promise<{ code: number | null; sentence: string }> {
  await until(() => !service.running, { what: `${service.name} has ended`, timeoutMs: 60_000 });
  const fatal = service.log
    .split("\n")
    .filter((line) => line.includes('"level":60'))
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
  expect(fatal).toHaveLength(1);
  expect(service.log).not.toMatch(/^\s+at /m);
  return { code: await service.end("SIGKILL"), sentence: fatal[0] ?? "" };
}

async function refusedWith(
  { pipeline }: Place,
  name: ServiceName,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, sentence } = await refusal(await pipeline.start(name, environment));
  expect(code).toBe(1);
  return sentence;
}

describe("each is refused with one sentence and exit code 1", () => {
  it("a wrong field in freshet.yaml", async () => {
    const folder = await mkdtemp(join(tmpdir(), "freshet-bad-"));
    onTestFinished(async () => rm(folder, { recursive: true }));
    const path = join(folder, "freshet.yaml");
    await writeFile(path, "source:\n  tables: [public.books]\n  slto: x\nmodels: {}\nstores: {}\nindexes: {}\n");
    const scene = await place();
    for (const name of ["cdc-producer", "embedding-transformer", "vector-sink", "search"] as const) {
      expect(await refusedWith(scene, name, { FRESHET_CONFIG: path })).toBe(
        `${path}:3: source.slto: no such field; remove it or check its spelling`,
      );
    }
  });

  it("a table that doesn't exist", async () => {
    expect(await refusedWith(await place(), "cdc-producer")).toMatch(
      /^There is no table public\.books.*source\.tables/,
    );
  });

  it("a table without a primary key", async () => {
    const scene = await place();
    await scene.client.query("CREATE TABLE books (name text)");
    expect(await refusedWith(scene, "cdc-producer")).toMatch(/public\.books.*primary key/);
  });

  it("a wrong password", async () => {
    const scene = await place();
    const url = new URL(scene.databaseUrl);
    url.password = "wrong";
    expect(await refusedWith(scene, "cdc-producer", { FRESHET_POSTGRES_URL: url.href })).toMatch(/password/);
  });

  it("a server without wal_level=logical", async () => {
    const server = await startPostgres({ settings: { wal_level: "replica" } });
    onTestFinished(async () => server.stop());
    const scene = await place(server.url);
    await scene.client.query("CREATE TABLE books (id int PRIMARY KEY, name text)");
    expect(await refusedWith(scene, "cdc-producer")).toMatch(/wal_level.*logical/);
  });

  it("a broker that can't be reached", async () => {
    const scene = await place();
    await scene.client.query("CREATE TABLE books (id int PRIMARY KEY, name text)");
    const broker = `127.0.0.1:${await getPort()}`;
    for (const name of ["cdc-producer", "embedding-transformer", "vector-sink"] as const) {
      expect(await refusedWith(scene, name, { FRESHET_KAFKA_BROKERS: broker })).toMatch(
        `No Kafka broker answers at ${broker}`,
      );
    }
  });

  it("a port that is taken", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => new Promise<void>((resolve) => holder.close(() => resolve())));
    const address = holder.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const scene = await place();
    const service = scene.pipeline.startOn("search", port);
    expect(await refusal(service)).toEqual({
      code: 1,
      sentence: `Port ${port} on 127.0.0.1 is taken by another process; set FRESHET_HTTP_PORT to a free one.`,
    });
  });
});
