import { readFile, writeFile } from "node:fs/promises";
import { startOpenAiServer, type OpenAiServer } from "@freshet/embeddings/testing/openai-server/openai-server";
import { openRemoteStore } from "@freshet/vector-stores/remote/store";
import type { SearchableStore } from "@freshet/vector-stores/vector-store";
import { expect, onTestFinished } from "vitest";
import { FreshetCommand, type CommandOutcome } from "../../support/freshet-command.js";
import { GenerationsRecord } from "../../support/generations-record.js";
import { indexHashes, tableHashes } from "../../support/index-comparison.js";
import type { ServiceName, ServiceProcess } from "../../support/service-process.js";
import { SteadySearches, type Searched } from "../../support/steady-searches.js";
import { until } from "../../support/until.js";
import { DOCUMENT_PREFIX, QUERY_PREFIX, WordModel } from "../../support/word-model.js";
import { setScene, type Scene } from "../scene.js";

/** The workload leaves rows below zero alone. */
const STILL_ROWS = 80;
const API_KEY = "sk-test-2f1d7c";
const PATIENCE_MS = 120_000;
const SERVICES = ["cdc-producer", "embedding-transformer", "vector-sink", "search"] as const;
const SEARCHES_PER_SECOND = 10;
const FIRST_TEXT = "{{ body }}";

type Settings = Readonly<Record<string, unknown>>;

interface ReindexSceneOptions {
  readonly seed: number;
  /** More of the index's settings. */
  readonly settings?: Settings;
}

/** A still row's text: words that no other row has. */
function stillText(row: number): string {
  return `garnet${row} heron${row} lantern${row} quarry${row}`;
}

/** A pipeline under changes and searches, whose index has two models to choose from. */
export class ReindexScene {
  readonly scene: Scene;
  readonly first: OpenAiServer;
  readonly second: OpenAiServer;
  readonly services: Readonly<Record<ServiceName, ServiceProcess>>;
  readonly record: GenerationsRecord;
  readonly store: SearchableStore;
  readonly searches: SteadySearches;

  private constructor(
    parts: Pick<ReindexScene, "scene" | "first" | "second" | "services" | "record" | "store" | "searches">,
  ) {
    this.scene = parts.scene;
    this.first = parts.first;
    this.second = parts.second;
    this.services = parts.services;
    this.record = parts.record;
    this.store = parts.store;
    this.searches = parts.searches;
  }

  static async open({ seed, settings = {} }: ReindexSceneOptions): Promise<ReindexScene> {
    const scene = await setScene({ seed, truncates: false, pauseMs: 150, settings: { text: FIRST_TEXT, ...settings } });
    const { pipeline, client, table, workload, random } = scene;
    const [first, second] = [await startModel("first", 96), await startModel("second", 160)];
    await changeYaml(scene, (yaml) => ({
      ...yaml,
      models: { local: served("first", 96, first), second: served("second", 160, second) },
    }));
    const texts = Array.from({ length: STILL_ROWS }, (_, place) => stillText(place + 1));
    await client.query(
      `INSERT INTO ${table.schema}."${table.name}" SELECT -n, body, n FROM unnest($1::text[]) WITH ORDINALITY AS still (body, n)`,
      [texts],
    );
    workload.start();
    const started = await Promise.all(
      SERVICES.map(async (name) => [name, await pipeline.start(name, { FRESHET_OPENAI_API_KEY: API_KEY })] as const),
    );
    const services = Object.fromEntries(started) as Record<ServiceName, ServiceProcess>;
    await Promise.all(Object.values(services).map((service) => service.ready(PATIENCE_MS)));
    const store = openRemoteStore({ url: pipeline.storeUrl, store: "main" });
    onTestFinished(() => store.close());
    const stillRows = async () => [...(await indexHashes(store, scene.name)).keys()].filter((id) => id.startsWith("-"));
    await until(async () => (await stillRows()).length === STILL_ROWS, {
      ...{ what: "the still rows are in the index", timeoutMs: PATIENCE_MS },
    });
    const record = await GenerationsRecord.open(scene.brokers, scene.name);
    onTestFinished(() => record.close());
    const searches = new SteadySearches({
      ...{ url: services.search.url, index: scene.name, perSecond: SEARCHES_PER_SECOND, k: 3 },
      question: () => stillText(1 + Math.floor(random() * STILL_ROWS)),
    });
    onTestFinished(async () => {
      await searches.stop();
    });
    return new ReindexScene({ scene, first, second, services, record, store, searches });
  }

  get index(): string {
    return this.scene.name;
  }

  freshet(...words: readonly string[]): FreshetCommand {
    const environment = { ...this.scene.pipeline.environment, FRESHET_OPENAI_API_KEY: API_KEY };
    const command = new FreshetCommand(environment, words);
    onTestFinished(() => command.kill());
    return command;
  }

  /** @throws {Error} with what it said, when it doesn't end well. */
  async reindex(...options: readonly string[]): Promise<CommandOutcome> {
    const outcome = await this.freshet("reindex", this.index, "--yes", ...options).outcome();
    expect(outcome.code, `${outcome.stdout}\n${outcome.stderr}`).toBe(0);
    return outcome;
  }

  /** Edits the index's settings in freshet.yaml, as a person does. */
  configure(settings: Settings): Promise<void> {
    return changeYaml(this.scene, (yaml) => ({
      ...yaml,
      indexes: { [this.index]: { ...(yaml["indexes"] as Record<string, object>)[this.index], ...settings } },
    }));
  }

  /** The still rows among the documents that a model was asked for since it was last told to forget. */
  stillTexts({ faults }: OpenAiServer): string[] {
    return faults.seen.embedded.filter((text) => text.startsWith(DOCUMENT_PREFIX) && text.includes("garnet"));
  }

  /** Ends the searches, each of which had to find its row first. @returns them, in the order of their beginnings. */
  async expectSearchesFoundTheirRows(): Promise<readonly Searched[]> {
    const searched = (await this.searches.stop()).toSorted((a, b) => a.begunAt - b.begunAt);
    expect(searched.filter(({ answers }) => answers === null).map(({ error }) => error)).toEqual([]);
    this.expectRightAnswers();
    return searched;
  }

  /** Whatever was answered, was answered from a collection that has every row. */
  expectRightAnswers(): void {
    const wrong = this.searches.done.filter(({ question, answers }) => answers && !answers[0]?.text.endsWith(question));
    expect(wrong.map(({ question, answers }) => [question, answers?.map(({ text }) => text)])).toEqual([]);
    expect(this.searches.done.length).toBeGreaterThan(0);
  }

  /** Ends the changes, and waits until the collection that answers is the table. */
  async expectIndexEqualsTable(): Promise<void> {
    const { client, table, workload } = this.scene;
    await workload.stop();
    const expected = await tableHashes(client, `${table.schema}."${table.name}"`, ["id", "body", "note"]);
    const equal = async () => {
      expect(await indexHashes(this.store, this.index)).toEqual(expected);
      return true;
    };
    await until(equal, { what: "the index is the table", timeoutMs: PATIENCE_MS, everyMs: 500 }).catch(
      (error: unknown) => {
        throw (error as { readonly cause?: Error }).cause ?? error;
      },
    );
  }
}

async function startModel(name: string, dimensions: number): Promise<OpenAiServer> {
  const server = await startOpenAiServer({ model: new WordModel(dimensions), name, apiKey: API_KEY });
  onTestFinished(() => server.close());
  return server;
}

function served(name: string, dimensions: number, { url }: OpenAiServer) {
  const prefixes = { queryPrefix: QUERY_PREFIX, documentPrefix: DOCUMENT_PREFIX };
  return { provider: "openai", name, url, dimensions, maxTokens: 512, tokenizer: "cl100k_base", ...prefixes };
}

async function changeYaml({ pipeline }: Scene, change: (yaml: Settings) => Settings): Promise<void> {
  const path = pipeline.environment["FRESHET_CONFIG"] ?? "";
  const yaml = JSON.parse(await readFile(path, "utf8")) as Settings;
  await writeFile(path, JSON.stringify(change(yaml), null, 2));
}
