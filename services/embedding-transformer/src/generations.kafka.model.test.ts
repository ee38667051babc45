import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { definitionOf, encodeDefinition } from "@freshet/generations/definition";
import { modelFolder } from "@freshet/local-stack/testing";
import { transformerGroup } from "@freshet/schemas/consumer-groups";
import {
  documentsModelKey,
  generationsStateKey,
  type Generation,
  type GenerationsState,
} from "@freshet/schemas/index-generations";
import { encodeRowKey } from "@freshet/schemas/row-key";
import { decodeState, type ServiceState } from "@freshet/schemas/service-state";
import { embeddingsTopic, STATE_TOPIC } from "@freshet/schemas/topics";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { MALLORY, PASSWORD, startSecureKafka } from "@freshet/streaming/testing/secure-kafka";
import { Registry } from "prom-client";
import { expect, it, onTestFinished, vi } from "vitest";
import { writeStates } from "./state-records.js";
import {
  createTopic,
  eventsOf,
  MODEL,
  prepareTransformer,
  produce,
  read,
  type Received,
} from "./testing/transformer.js";

const [ROW1, ROW2] = [encodeRowKey({ id: 1 }), encodeRowKey({ id: 2 })];
const WAIT = { timeout: 60_000, interval: 50 };

async function prepare() {
  const cacheDirectory = await mkdtemp(join(tmpdir(), "freshet-generations-"));
  onTestFinished(() => rm(cacheDirectory, { recursive: true, force: true }));
  const settings = { text: "{{ title }}", payload: ["title"] };
  const scene = prepareTransformer({ modelDirectory: await modelFolder("q8"), settings, cacheDirectory });
  const { connection, configurationOf, index, input, table } = scene;
  await createTopic(connection, input);
  const signal = AbortSignal.timeout(120_000);
  const states = await openCompactedTopic({ connection, topic: STATE_TOPIC, signal });
  onTestFinished(() => states.close());
  const stateOf = (key: string) => {
    const text = states.entries.get(key);
    return text === undefined ? undefined : decodeState(text);
  };
  const record = () => stateOf(generationsStateKey(index)) as GenerationsState;
  const recorded = (expected: object) => vi.waitFor(() => expect(record()).toMatchObject(expected), WAIT);
  const write = (...written: ServiceState[]) =>
    writeStates(() => written, { connection, registry: new Registry(), signal, onFailure: () => undefined });
  const writeGenerations = (generations: readonly Generation[], more: Partial<GenerationsState> = {}) =>
    write({ ...record(), generations: [...generations], ...more });
  const generation = (
    number: number,
    changed: Parameters<typeof configurationOf>[0],
    more: Partial<Generation> = {},
  ) => ({
    ...{ number, documents: number, createdAt: 1, dropping: false },
    definition: encodeDefinition(definitionOf(configurationOf(changed), index)),
    ...more,
  });
  const events = eventsOf(table);
  const row = (id: number, title: string) => produce(connection, input, [events.written(id, { title })]);
  const ready = (one: ReturnType<typeof scene.start>) =>
    vi.waitFor(() => expect(one.service.readiness()).toEqual({ ready: true }), WAIT);
  const members = async (documents: number) => {
    const admin = await connectTopicAdmin(connection);
    return (await admin.groupProgress(transformerGroup(index, documents), []).finally(() => admin.close())).members;
  };
  const topics = async () => {
    const admin = await connectTopicAdmin(connection);
    return new Set(await admin.topicNames().finally(() => admin.close()));
  };
  return { ...scene, events, generation, members, ready, record, recorded, row, stateOf, topics, writeGenerations };
}

/** Each row's last text, by its key. */
function textsOf(received: readonly Received[]): Record<string, string | undefined> {
  const rows = received.flatMap(({ key, value }) =>
    value.op === "upsert" ? [[encodeRowKey(key), value.chunks[0]?.text] as const] : [],
  );
  return Object.fromEntries(rows);
}

/** Calls of the model by whether they were for what searches find. */
async function callsOf(registry: Registry): Promise<Readonly<Record<string, number>>> {
  const values = (await registry.getSingleMetric("freshet_embedding_duration_seconds")?.get())?.values ?? [];
  const counts = values.filter((one) => "metricName" in one && String(one.metricName).endsWith("_count"));
  return Object.fromEntries(counts.map(({ labels, value }) => [`serving ${labels["serving"]}`, value]));
}

async function metric(registry: Registry, name: string): Promise<number> {
  const [value] = (await registry.getSingleMetric(name)?.get())?.values ?? [];
  return value?.value ?? 0;
}

it("goes on with what is recorded when the configuration changes, says so, and takes over what makes no difference", async () => {
  const { connection, index, output, ready, record, recorded, row, start, stateOf } = await prepare();
  const first = start();
  await ready(first);
  await recorded({ serving: 1, last: 1, reindex: null, generations: [{ number: 1, documents: 1, dropping: false }] });
  expect(await metric(first.registry, "freshet_index_definition_changed")).toBe(0);
  await row(1, "Dune");
  const received = read(connection, output);
  await vi.waitFor(() => expect(textsOf(received)).toEqual({ [ROW1]: "Dune" }), WAIT);
  expect(stateOf(documentsModelKey(index, 1))).toMatchObject({ model: { name: MODEL.name, dimensions: 384 } });
  await first.close();
  const { definition } = record().generations[0] ?? {};

  const changed = start({ settings: { text: "{{ title }}, a book", payload: ["title", "id"] } });
  await row(2, "Emma");
  await vi.waitFor(() => expect(textsOf(received)).toEqual({ [ROW1]: "Dune", [ROW2]: "Emma" }), WAIT);
  expect(changed.said.join("\n")).toContain(
    `(text, payload), and it goes on as it was built: run \`freshet reindex ${index}\``,
  );
  expect(await metric(changed.registry, "freshet_index_definition_changed")).toBe(1);
  expect(received.at(-1)?.value).toMatchObject({ payload: { title: "Emma" } });
  await changed.close();
  expect(record().generations[0]?.definition).toEqual(definition);

  const harmless = start({
    settings: { filterable: { title: "keyword" } },
    model: { threads: 2, queryPrefix: "query: " },
  });
  await recorded({
    generations: [{ definition: { index: { filterable: { title: "keyword" } }, model: { threads: 2 } } }],
  });
  await ready(harmless);
  expect(harmless.said.filter((sentence) => sentence.includes("reindex"))).toEqual([]);
  expect(await metric(harmless.registry, "freshet_index_definition_changed")).toBe(0);
  await harmless.close();
});

it("builds another generation beside the one that serves while it runs, until it is dropped", async () => {
  const scene = await prepare();
  const { connection, generation, index, members, output, ready, record, recorded, row, start, topics } = scene;
  const { writeGenerations } = scene;
  const transformer = start();
  await row(1, "Dune");
  await row(2, "Emma");
  await ready(transformer);
  await recorded({ serving: 1 });
  const [first] = record().generations;
  if (first === undefined) throw new Error("nothing is recorded");
  const inferred = () => metric(transformer.registry, "freshet_embedding_texts_total");
  await vi.waitFor(async () => expect(await inferred()).toBe(2), WAIT);
  const found = await callsOf(transformer.registry);
  expect(Object.keys(found)).toEqual(["serving true"]);

  const second = generation(2, { settings: { text: "A book: {{ title }}" } });
  const building = { last: 2, reindex: { generation: 2, step: "filling", startedAt: 1 } } as const;
  await writeGenerations([first, second], building);
  const before = read(connection, output);
  const filled = read(connection, embeddingsTopic(index, 2));
  await vi.waitFor(() => expect(textsOf(filled)).toEqual({ [ROW1]: "A book: Dune", [ROW2]: "A book: Emma" }), WAIT);
  expect(transformer.service.readiness()).toEqual({ ready: true });
  expect(await callsOf(transformer.registry)).toEqual({ ...found, "serving false": expect.any(Number) as number });
  await row(1, "Solaris");
  const both = { [ROW1]: "A book: Solaris", [ROW2]: "A book: Emma" };
  await vi.waitFor(() => expect(textsOf(filled)).toEqual(both), WAIT);
  await vi.waitFor(() => expect(textsOf(before)).toEqual({ [ROW1]: "Solaris", [ROW2]: "Emma" }), WAIT);
  expect(await inferred()).toBe(6);

  // Of the same texts by the same model, and one of which only the collection differs.
  const third = generation(3, { settings: { payload: ["title", "id"] } });
  const fourth = generation(4, { settings: { filterable: { title: "keyword" } } }, { documents: 1 });
  await writeGenerations([first, { ...second, dropping: true }, third, fourth], { ...building, last: 4 });
  const same = read(connection, embeddingsTopic(index, 3));
  await vi.waitFor(() => expect(textsOf(same)).toEqual(textsOf(before)), WAIT);
  expect(same.map(({ value }) => (value.op === "upsert" ? value.payload : {}))).toContainEqual({
    title: "Emma",
    id: 2,
  });
  expect(await inferred()).toBe(6);
  expect(await topics()).not.toContain(embeddingsTopic(index, 4));
  await vi.waitFor(async () => expect(await members(2)).toBe(0), WAIT);
  expect([await members(1), await members(3), await members(4)]).toEqual([1, 1, 0]);
  await transformer.close();

  const again = start();
  await row(2, "Persuasion");
  await vi.waitFor(() => expect(textsOf(same)).toEqual({ [ROW1]: "Solaris", [ROW2]: "Persuasion" }), WAIT);
  await vi.waitFor(() => expect(textsOf(before)).toEqual({ [ROW1]: "Solaris", [ROW2]: "Persuasion" }), WAIT);
  expect(textsOf(filled)).toEqual(both);
  expect(await metric(again.registry, "freshet_embedding_texts_total")).toBe(1);
  await again.close();
});

it("keeps the index up to date although another generation can't be built, and ends when what is recorded isn't known", async () => {
  const { connection, generation, output, ready, record, recorded, row, start, writeGenerations } = await prepare();
  const transformer = start();
  await ready(transformer);
  await recorded({ serving: 1 });
  const [first] = record().generations;
  if (first === undefined) throw new Error("nothing is recorded");
  const impossible = generation(2, { settings: { chunking: { maxTokens: 100_000 } } });
  await writeGenerations([first, impossible]);
  await vi.waitFor(() => expect(transformer.said.join("\n")).toContain("lower chunking.maxTokens"), WAIT);
  await row(1, "Dune");
  const received = read(connection, output);
  await vi.waitFor(() => expect(textsOf(received)).toEqual({ [ROW1]: "Dune" }), WAIT);
  expect(transformer.service.readiness()).toEqual({ ready: true });

  const unknown = { ...first.definition, index: { ...(first.definition["index"] as object), novelty: true } };
  await writeGenerations([{ ...first, definition: unknown }]);
  await expect(transformer.ended).rejects.toThrow(/generations\/.* can't be read: is it of a newer version/);
  await expect(start().ended).rejects.toThrow(/can't be read: is it of a newer version/);
});

it("embeds each row once when a new generation reads a table whose rows have changed often", async () => {
  const { connection, events, generation, index, input, ready, record, recorded, row, start, writeGenerations } =
    await prepare();
  const [rows, versions] = [24, 500];
  const titles = (version: number) =>
    Array.from({ length: rows }, (_, id) => events.written(id, { title: `${version}. edition of book ${id}` }));
  const history = Array.from({ length: versions }, (_, version) => titles(version)).flat();
  await produce(connection, input, [...history, events.deleted(0), events.tombstone(0)]);
  const transformer = start();
  await ready(transformer);
  await recorded({ serving: 1 });
  const inferred = () => metric(transformer.registry, "freshet_embedding_texts_total");
  const first = read(connection, embeddingsTopic(index));
  const last = Object.fromEntries(
    Array.from({ length: rows - 1 }, (_, i) => [
      encodeRowKey({ id: i + 1 }),
      `${versions - 1}. edition of book ${i + 1}`,
    ]),
  );
  await vi.waitFor(() => expect(textsOf(first)).toEqual(last), WAIT);
  expect(await inferred()).toBe(rows - 1);

  const { generations } = record();
  await writeGenerations([...generations, generation(2, { settings: { text: "A book: {{ title }}" } })]);
  const second = read(connection, embeddingsTopic(index, 2));
  const other = Object.fromEntries(Object.entries(last).map(([key, text]) => [key, `A book: ${text}`]));
  await vi.waitFor(() => expect(textsOf(second)).toEqual(other), WAIT);
  await row(1, "Dune");
  await vi.waitFor(() => expect(textsOf(second)).toEqual({ ...other, [ROW1]: "A book: Dune" }), WAIT);
  expect(second.filter(({ value }) => value.op === "delete")).toHaveLength(1);
  await vi.waitFor(async () => expect(await inferred()).toBe(2 * rows), WAIT);
  await transformer.close();
});

it("ends with one sentence when it may not know what is recorded", async () => {
  const kafka = await startSecureKafka();
  onTestFinished(() => kafka.stop());
  const login = { mechanism: "PLAIN", username: MALLORY, password: () => PASSWORD } as const;
  const { start } = prepareTransformer({
    ...{ modelDirectory: await modelFolder("q8"), settings: { text: "{{ title }}" } },
    kafka: { brokers: kafka.brokers("LOGIN"), security: { protocol: "SASL_PLAINTEXT", login } },
  });
  await expect(start().ended).rejects.toThrow(
    `What each index was built with is kept in topic ${STATE_TOPIC}, without which none can run. ` +
      `Kafka refuses this client access to topic ${STATE_TOPIC}: grant it Describe, and Read or Write.`,
  );
});
