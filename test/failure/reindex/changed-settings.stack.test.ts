import { expect, it } from "vitest";
import { until } from "../../support/until.js";
import { withTopicAdmin } from "../../support/quiescence.js";
import { ReindexScene } from "./reindex-scene.js";

const seed = Number(process.env["FRESHET_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const NEW_TEXT = "Note: {{ body }}";
const numbers = ({ record }: ReindexScene) => record.state.generations.map(({ number }) => number);

it("another template: noticed and not half-applied, then built, switched, taken back, taken again, and the old one dropped", async () => {
  const scene = await ReindexScene.open({ seed });
  const { index, record, services, store, searches } = scene;
  const collection = await store.resolveAlias(index);
  await scene.configure({ text: NEW_TEXT });
  const transformer = services["embedding-transformer"];
  expect(await transformer.end("SIGTERM")).toBe(0);
  transformer.start();
  await transformer.ready();
  expect(transformer.log).toMatch(new RegExp(`freshet reindex ${index}`));
  await scene.scene.moreChanges(20);
  expect(searches.done.filter(({ answers }) => answers?.some(({ text }) => text.startsWith("Note:")))).toEqual([]);

  const before = structuredClone(record.state);
  const dry = await scene.freshet("reindex", index, "--dry-run").outcome();
  expect(dry.code, dry.stderr).toBe(0);
  expect(dry.stdout).toMatch(/texts/);
  expect(record.state).toEqual(before);

  await scene.reindex();
  expect(record.state).toMatchObject({ serving: 2, reindex: null });
  expect(numbers(scene)).toEqual([1, 2]);
  const second = await store.resolveAlias(index);
  expect(second).not.toBe(collection);
  await scene.scene.moreChanges(20);

  await scene.reindex("--rollback");
  expect(await store.resolveAlias(index)).toBe(collection);
  await scene.scene.moreChanges(20);
  // What was kept is up to date: nothing is made anew.
  scene.first.faults.behave();
  await scene.reindex();
  expect(await store.resolveAlias(index)).toBe(second);
  expect(scene.stillTexts(scene.first)).toEqual([]);

  await scene.reindex("--drop-old");
  expect(numbers(scene)).toEqual([2]);
  expect((await store.list()).filter((name) => name.startsWith(index))).toEqual([second]);
  const topics = await withTopicAdmin(scene.scene.brokers, async (admin) => [
    await admin.topicOffsets(`embeddings.${index}`),
    await admin.topicOffsets(`embeddings.${index}.2`),
  ]);
  expect(topics).toEqual([null, expect.any(Array)]);
  await scene.scene.moreChanges(20);

  const searched = await scene.expectSearchesFoundTheirRows();
  const texts = searched.map(({ answers }) => (answers?.[0]?.text.startsWith("Note:") === true ? "new" : "old"));
  expect(texts.filter((text, place) => text !== texts[place - 1])).toEqual(["old", "new", "old", "new"]);
  await scene.expectIndexEqualsTable();
}, 400_000);

it("another model: each text once by the new one, and each query by the model of the collection that answers", async () => {
  const scene = await ReindexScene.open({ seed });
  const { index, record, first, second, store } = scene;
  first.faults.behave();
  expect(second.faults.seen.embedded).toEqual([]);
  await scene.reindex("--model", "second");
  expect(record.state).toMatchObject({ serving: 2, reindex: null });
  const still = scene.stillTexts(second);
  expect(still.length).toBe(new Set(still).size);
  expect(scene.stillTexts(first)).toEqual([]);
  const asked = () => second.faults.seen.embedded.filter((text) => text.startsWith("query: ")).length;
  await until(() => asked() > 10, { what: "the new model is asked queries", timeoutMs: 60_000 });
  const spec = await store.describe((await store.resolveAlias(index)) ?? "");
  expect(spec?.model).toMatchObject({ name: "second", dimensions: 160 });

  await scene.reindex("--rollback");
  const before = asked();
  await scene.scene.moreChanges(20);
  expect(asked()).toBe(before);
  await scene.expectSearchesFoundTheirRows();
  await scene.expectIndexEqualsTable();
}, 400_000);

it("another kind of a filterable column: another collection of the same documents, and no text is embedded anew", async () => {
  const scene = await ReindexScene.open({ seed, settings: { filterable: { note: "integer" } } });
  const { index, record, first, store } = scene;
  first.faults.behave();
  await scene.configure({ filterable: { note: "float" } });
  const { stderr, stdout } = await scene.reindex();
  expect(`${stdout}\n${stderr}`).toContain("filterable.note");
  expect(record.state).toMatchObject({ serving: 2, reindex: null });
  expect(record.state.generations).toMatchObject([
    { number: 1, documents: 1 },
    { number: 2, documents: 1 },
  ]);
  expect(scene.stillTexts(first)).toEqual([]);
  const spec = await store.describe((await store.resolveAlias(index)) ?? "");
  expect(spec?.features.fields).toMatchObject({ note: "float" });
  await scene.expectSearchesFoundTheirRows();
  await scene.reindex("--drop-old");
  await scene.expectIndexEqualsTable();
}, 400_000);
