import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { EmbeddedMessage } from "@freshet/schemas/embedded-document";
import { deadLetterTopic, embeddingsTopic } from "@freshet/schemas/topics";
import { expect, it, vi } from "vitest";
import { deletion, MODEL, TABLE, truncation, upsert } from "./testing/documents.js";
import { prepareScene, rowsOf } from "./testing/scene.js";

it("waits for the topic, then brings the store to what the topic says, also after a restart", async () => {
  const { index, start, produce, createTopic, caughtUp, withAdmin, states } = await prepareScene();
  const first = await start();
  await vi.waitFor(() => expect(first.sink.readiness().reason).toContain(embeddingsTopic(index)), 30_000);
  await createTopic();
  const misfit = { ...upsert(8, 5, ["x"]), key: { id: 8 } };
  await produce([
    upsert(1, 10, ["long", "longer", "longest"]),
    upsert(2, 11, ["gone soon"]),
    upsert(3, 12, ["stays"]),
    upsert(5, 13, ["truncated"]),
    { ...misfit, value: { ...misfit.value, model: { ...MODEL, dimensions: 7 } } as EmbeddedMessage },
    upsert(1, 20, ["short"]),
    ...deletion(2, 21),
    upsert(3, 22, ["stays"]),
    ...truncation(15),
  ]);
  await vi.waitFor(() => expect(first.sink.readiness()).toEqual({ ready: true }), 30_000);
  await caughtUp();
  const expected = { '{"id":1}': ["short"], '{"id":3}': ["stays"] };
  expect(await rowsOf(first, index)).toEqual(expected);
  expect(await withAdmin((admin) => admin.partitionCount(deadLetterTopic(embeddingsTopic(index))))).not.toBeNull();
  const metrics = await first.registry.metrics();
  expect(metrics).toMatch(
    new RegExp(`freshet_sink_rows_total\\{index="${index}",store="main",table="${TABLE}",result="created"\\} [1-9]`),
  );
  expect(metrics).toMatch(/freshet_sink_freshness_seconds_count\{.*\} [1-9]/);
  await first.close();

  await produce([...deletion(3, 30), upsert(1, 9, ["too late"]), upsert(7, 31, ["new"])]);
  const second = await start();
  await caughtUp();
  expect(await rowsOf(second, index)).toEqual({ '{"id":1}': ["short"], '{"id":7}': ["new"] });
  await second.close();

  const reported = await states();
  const positions = reported.flatMap((state) => (state.kind === "applied" ? [state.position] : []));
  expect(positions.sort()).toEqual(["1/15/1", "1/31/1"]);
  // Of both lives. Rows 1, 3 and 5 were created in the first, which had them in one batch or in several; row 7 in the second.
  const totals = reported.flatMap((state) => (state.kind === "stored" ? (state.tables[TABLE] ?? []) : []));
  const sumOf = (result: "created" | "stale") => totals.reduce((sum, counts) => sum + counts[result], 0);
  expect(sumOf("stale")).toBe(1);
  expect(sumOf("created")).toBeGreaterThanOrEqual(4);
});

it("fills an index again that its store has lost", async () => {
  const { index, folder, start, produce, createTopic, caughtUp, states } = await prepareScene();
  await createTopic();
  await produce([upsert(1, 10, ["one"]), upsert(2, 11, ["two"])]);
  const first = await start();
  await caughtUp();
  await first.close();
  expect(await states()).toContainEqual(expect.objectContaining({ kind: "stored" }));
  await rm(join(folder, "main"), { recursive: true });

  await produce([upsert(3, 12, ["three"])]);
  const second = await start();
  const all = { '{"id":1}': ["one"], '{"id":2}': ["two"], '{"id":3}': ["three"] };
  await vi.waitFor(async () => expect(await rowsOf(second, index)).toEqual(all), 60_000);
});

it("ends with the cure when the model changes under an index, and stores nothing of the other", async () => {
  const { index, start, produce, createTopic, caughtUp } = await prepareScene();
  await createTopic();
  await produce([upsert(1, 10, ["one"])]);
  const sink = await start();
  await caughtUp();
  await produce([upsert(2, 11, ["two"], { ...MODEL, revision: "beef" })]);
  await expect(sink.ended).rejects.toThrow(/holds vectors of test\/model .*another name in freshet\.yaml/);
  const again = await start();
  expect(await rowsOf(again, index)).toEqual({ '{"id":1}': ["one"] });
  await expect(again.ended).rejects.toThrow(/another name/);
});
