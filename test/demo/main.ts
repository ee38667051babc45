import { parseArgs } from "node:util";
import { startLocalStack, type LocalStack } from "@freshet/local-stack/local-stack";
import { Client } from "pg";
import { Pipeline } from "../support/pipeline.js";
import type { ServiceName } from "../support/service-process.js";
import { Narrator, seconds } from "./narrator.js";
import { QUESTION, runStep, sqlFile, STORY } from "./story.js";

const SERVICES: readonly (readonly [name: ServiceName, work: string])[] = [
  ["cdc-producer", "reads committed changes from Postgres' write-ahead log into a topic"],
  ["embedding-transformer", "turns each changed row's text into a vector, into a second topic"],
  ["vector-sink", "writes the vectors into the store, a folder on this machine"],
  ["search", "answers questions: an HTTP API and a page"],
];

interface Demo {
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
  readonly once: boolean;
}

/** Everything that must end with the demo, ended in the reverse order of its start. */
class Cleanup {
  readonly #steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}

async function tell({ narrator, signal, once }: Demo, cleanup: Cleanup): Promise<void> {
  const startedAt = performance.now();
  narrator.title(
    "Freshet keeps a vector index as fresh as the Postgres table it is made from.",
    "This demo runs the whole thing on this machine, with real servers, and removes it afterwards.",
  );

  narrator.chapter("1. Real servers (the first run downloads them once)");
  const stack = await startLocalStack({
    environment: process.env,
    dtype: "fp32",
    onProgress: (message) => narrator.line(message),
  });
  cleanup.add(() => stack.stop());
  signal.throwIfAborted();

  const client = new Client({ connectionString: stack.postgres.url });
  await client.connect();
  cleanup.add(() => client.end());
  await client.query(sqlFile("books-table.sql"));
  narrator.line("The table books is there, still empty.");

  narrator.chapter("2. Freshet's services, each a process of its own, chained by topics");
  const { pipeline, searchUrl } = await startServices(stack, narrator, signal, cleanup);
  narrator.line(`Everything is up, ${seconds(performance.now() - startedAt)} after the start.`);

  narrator.chapter(`3. Rows change, and the answers to "${QUESTION}" follow`);
  for (const step of STORY) {
    narrator.line("");
    narrator.line(`${step.title}:`);
    narrator.sql(step.sql);
    const { answers, searchableMs } = await runStep(step, { client, searchUrl, signal });
    narrator.answers(QUESTION, answers, searchableMs);
  }
  if (!once) await stayUp(narrator, stack, pipeline, searchUrl, signal);
}

async function startServices(stack: LocalStack, narrator: Narrator, signal: AbortSignal, cleanup: Cleanup) {
  const pipeline = await Pipeline.prepare({
    postgresUrl: stack.postgres.url,
    brokers: stack.kafka.brokers,
    modelDirectory: stack.modelDirectory,
    dtype: "fp32",
    name: "books",
    table: { schema: "public", name: "books" },
    text: "{{ description }}",
    payload: ["name", "author", "year"],
  });
  cleanup.add(() => pipeline.stop());
  const startedAt = performance.now();
  const started = await Promise.all(
    SERVICES.map(async ([name, work]) => {
      const service = await pipeline.start(name);
      await service.ready(120_000, signal);
      narrator.line(`${name.padEnd(22)} ${work} (ready in ${seconds(performance.now() - startedAt)})`);
      return service;
    }),
  );
  const searchUrl = started.at(-1)?.url ?? "";
  return { pipeline, searchUrl };
}

async function stayUp(
  narrator: Narrator,
  stack: LocalStack,
  pipeline: Pipeline,
  searchUrl: string,
  signal: AbortSignal,
): Promise<void> {
  const brokers = stack.kafka.brokers.join(",");
  narrator.chapter("4. Your turn");
  narrator.line(`Search page   ${searchUrl}/?q=${encodeURIComponent(QUESTION)}`);
  narrator.line(`Change rows   psql "${stack.postgres.url}"`);
  narrator.line(`Topics        ${brokers}: cdc.public.books and embeddings.books, with any Kafka client, such as`);
  narrator.line(`              kcat -b ${brokers} -t cdc.public.books -e`);
  narrator.line(`Status        ${environmentPrefix(pipeline)} npx -y pnpm@10 freshet status`);
  narrator.line("");
  narrator.line("Ctrl-C ends everything and removes it.");
  await new Promise<void>((resolve) => {
    const keepAlive = setInterval(() => undefined, 60_000);
    signal.addEventListener("abort", () => {
      clearInterval(keepAlive);
      resolve();
    });
  });
}

function environmentPrefix({ environment }: Pipeline): string {
  return ["FRESHET_CONFIG", "FRESHET_KAFKA_BROKERS"].map((name) => `${name}=${environment[name] ?? ""}`).join(" ");
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { once: { type: "boolean", default: false } } });
  const narrator = new Narrator({ colors: process.stdout.isTTY && process.env["NO_COLOR"] === undefined });
  const interrupted = new AbortController();
  const cleanup = new Cleanup();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interrupted.abort());
  try {
    await tell({ narrator, signal: interrupted.signal, once: values.once }, cleanup);
    narrator.line("");
    narrator.line(values.once ? "The demo is done." : "Ending everything …");
    return 0;
  } catch (error) {
    if (interrupted.signal.aborted) return 130;
    narrator.failure(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await cleanup.run();
  }
}

process.exit(await main());
