import { setTimeout as wait } from "node:timers/promises";
import type { GenerationsState } from "@freshet/schemas/index-generations";
import { expect, it } from "vitest";
import { until } from "../../support/until.js";
import { ReindexScene } from "./reindex-scene.js";

const seed = Number(process.env["FRESHET_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const ATTEMPTS = 6;
const MOST_WAIT_MS = 250;

type Point = "filling" | "verifying" | "switching" | "dropping";

function pointOf({ reindex, generations }: GenerationsState): Point | "none" {
  if (reindex !== null) return reindex.step;
  return generations.some(({ dropping }) => dropping) ? "dropping" : "none";
}

/** Kills the command at that point. @returns whether the record stands there then, as it may have gone on. */
async function killedAt(scene: ReindexScene, point: Point, options: readonly string[]): Promise<boolean> {
  const { record, index } = scene;
  const command = scene.freshet("reindex", index, "--yes", ...options);
  await until(() => pointOf(record.state) === point || !command.running, {
    ...{ what: `the reindexing is ${point}`, timeoutMs: 240_000, everyMs: 2 },
  }).catch((cause: unknown) => {
    throw new Error(`it says:\n${command.output}`, { cause });
  });
  await wait(scene.scene.random() * (point === "filling" ? MOST_WAIT_MS : 20));
  const wasRunning = command.running;
  await command.kill();
  // What it sent last may be on its way.
  await wait(MOST_WAIT_MS);
  const isThere = wasRunning && pointOf(record.state) === point;
  console.log(`killed at ${point}: ${isThere ? "there" : `it was at ${pointOf(record.state)}`}`);
  return isThere;
}

/** Until it was killed there once; each time it is begun again and ends. */
async function tryPoint(
  scene: ReindexScene,
  point: Point,
  begin: () => Promise<readonly string[]>,
  again: () => Promise<void>,
) {
  for (let attempt = 1; ; attempt += 1) {
    const isThere = await killedAt(scene, point, await begin());
    await again();
    expect(pointOf(scene.record.state)).toBe("none");
    if (isThere) return;
    expect(attempt, `it was never killed while ${point}`).toBeLessThan(ATTEMPTS);
  }
}

it("killed at each of its steps and begun again, it ends right, without a search that notices", async () => {
  const scene = await ReindexScene.open({ seed });
  const { record, store, index } = scene;
  const serving = () => record.state.serving;
  const anew = () => Promise.resolve(["--force"]);
  const finish = async () => {
    const { last } = record.state;
    await scene.reindex();
    expect(serving()).toBe(last);
  };

  for (const step of ["filling", "verifying", "switching"] as const) {
    await tryPoint(scene, step, anew, finish);
    await scene.reindex("--drop-old");
  }

  const keep = async () => {
    if (record.state.generations.length < 2) await scene.reindex("--force");
    return ["--drop-old"];
  };
  await tryPoint(scene, "dropping", keep, async () => {
    await scene.reindex("--drop-old");
    expect(record.state.generations.map(({ number }) => number)).toEqual([serving()]);
  });

  // Taken back in its midst, and that interrupted too.
  const before = serving();
  await killedAt(scene, "filling", ["--force"]);
  if (record.state.reindex?.step === "filling") {
    await killedAt(scene, "dropping", ["--rollback"]);
    await scene.reindex("--rollback");
    expect(serving()).toBe(before);
    expect(record.state.generations.map(({ number }) => number)).toEqual([before]);
  } else await finish();
  await scene.reindex("--force");
  await killedAt(scene, "switching", ["--rollback"]);
  await scene.reindex("--rollback");
  expect(serving()).toBe(before);
  await scene.reindex("--drop-old");

  expect((await store.list()).filter((name) => name.startsWith(index))).toHaveLength(1);
  await scene.expectSearchesFoundTheirRows();
  await scene.expectIndexEqualsTable();
}, 900_000);
