import { randomSource } from "@freshet/local-stack/random";
import { expect, it } from "vitest";
import type { ServiceProcess } from "../../support/service-process.js";
import { setScene, type Scene } from "../scene.js";
import { freshetVerify, type Report, type Verified } from "./freshet-verify.js";
import { plant, planRound, STILL_ROWS, type Planted } from "./planting.js";

const seed = Number(process.env["FRESHET_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const ROUNDS = Number(process.env["FRESHET_TEST_ROUNDS"] ?? 1);
const ROUND_MS = 120_000;
/** A report has so many examples of a kind, and only counts the others. */
const EXAMPLES = 20;
const TEXT =
  "The river runs past the garden, the market and the bridge, and the letters of the winter lie in its harbour. ";

it(
  "finds every kind of difference under load, and heals it through the pipeline",
  { timeout: ROUND_MS * (ROUNDS + 1) },
  async () => {
    const scene = await setScene({
      seed,
      truncates: false,
      pauseMs: 100,
      settings: { chunking: { maxTokens: 24, overlap: 0 } },
    });
    const { pipeline, client, workload } = scene;
    const table = `${scene.table.schema}."${scene.table.name}"`;
    await client.query(
      `INSERT INTO ${table} SELECT -n, repeat($1, 2) || n, n FROM generate_series(1, ${STILL_ROWS}) n`,
      [TEXT],
    );
    workload.start();
    const producer = await pipeline.start("cdc-producer");
    const transformer = await pipeline.start("embedding-transformer");
    const sink = await pipeline.start("vector-sink");
    await Promise.all([producer, transformer, sink].map((service) => service.ready()));
    await scene.moreChanges(20);
    const before = await freshetVerify(scene);
    expect(before, before.output).toMatchObject({ code: 0, report: { changing: 0 } });

    for (let round = 0; round < ROUNDS; round += 1) {
      // The workload draws from the scene's numbers whenever its turn comes; a round is to be the same for its seed.
      const random = randomSource(seed + round);
      const planted = await damage(scene, sink, { round, random, table });
      await scene.moreChanges(Math.floor(random() * 40));

      const found = await freshetVerify(scene);
      expect(found.code, found.output).toBe(countOf(found.report) > 0 ? 1 : 0);
      expectFound(found, planted);

      const repaired = await freshetVerify(scene, "--repair");
      expect(repaired.code, repaired.output).toBe(0);
      expect(repaired.report?.healed, repaired.output).toBe(countOf(repaired.report));
      expectFound(repaired, planted);

      const after = await freshetVerify(scene);
      expect(after, after.output).toMatchObject({ code: 0, report: { examples: [] } });
      console.log(`round ${round} of seed ${seed}: ${planted.certain.join(", ")}; found ${countOf(found.report)}`);
    }
    await scene.expectIndexEqualsTable();
  },
);

/** Stops the sink, or kills it, and has it find another store than it left, and other rows in the table. */
async function damage(
  scene: Scene,
  sink: ServiceProcess,
  { round, random, table }: { readonly round: number; readonly random: () => number; readonly table: string },
): Promise<Planted> {
  const { client } = scene;
  await sink.end(random() < 0.5 ? "SIGTERM" : "SIGKILL");
  // What a killed one hadn't committed comes again, behind what it had stored of it.
  const bulk = [
    `DELETE FROM ${table} WHERE id > 0 AND id % 3 > 0`,
    `UPDATE ${table} SET note = note + 1 WHERE id > 0`,
    `UPDATE ${table} SET body = body || ' again' WHERE id > 0 AND id % 4 = 0`,
  ];
  await client.query(bulk[round === 0 ? 1 : Math.floor(random() * bulk.length)] ?? "");
  const planted = await plant(scene, planRound(round, random), random);
  await scene.moreChanges(Math.floor(random() * 20));
  sink.start();
  await sink.ready();
  return planted;
}

function countOf(report: Report | undefined): number {
  return Object.values(report?.counts ?? {}).reduce((sum, count) => sum + count, 0);
}

/** All that is certain, and beside it nothing but what is possible. */
function expectFound({ report, output }: Verified, { certain, possible }: Planted): void {
  const found = (report?.examples ?? []).map(({ kind, key }) => `${kind} ${kind === "orphaned" ? "" : key}`);
  const missing = report?.counts["missing"] ?? 0;
  const isListed = (one: string) => missing <= EXAMPLES || !one.startsWith("missing");
  const others = found.filter((one) => !possible.has(one)).sort();
  expect(others.filter(isListed), output).toEqual(certain.filter(isListed));
  expect(
    others.filter((one) => !certain.includes(one)),
    output,
  ).toEqual([]);
  expect(countOf(report), output).toBeGreaterThanOrEqual(certain.length);
  expect(countOf(report), output).toBeLessThanOrEqual(certain.length + possible.size);
}
