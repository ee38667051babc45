import { execFile } from "node:child_process";
import { join } from "node:path";
import { openZvecStore } from "@freshet/vector-stores/zvec/store";
import { pointId } from "@freshet/vector-stores/point-id";
import { expect, it } from "vitest";
import { ROOT_DIRECTORY } from "../../support/service-process.js";
import { setScene, type Scene } from "../scene.js";
import { PLANTS, type Victim } from "./planted-differences.js";

const seed = Number(process.env["FRESHET_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const ROUNDS = Number(process.env["FRESHET_TEST_ROUNDS"] ?? 1);
/** The workload leaves rows below zero alone. */
const STILL_ROWS = 40;
const TEXT =
  "The river runs past the garden, the market and the bridge, and the letters of the winter lie in its harbour. ";

interface Report {
  readonly counts: Readonly<Record<string, number>>;
  readonly examples: readonly { readonly kind: string; readonly key: string }[];
  readonly healed: number | null;
  readonly changing: number;
}

interface Verified {
  readonly code: number;
  readonly report: Report | undefined;
  readonly output: string;
}

function verify({ pipeline }: Scene, ...options: string[]): Promise<Verified> {
  const words = [
    join(ROOT_DIRECTORY, "services/admin/dist/main.js"),
    "verify",
    "--json",
    "--deep",
    "1",
    "--timeout",
    "100",
    ...options,
  ];
  const env = { PATH: process.env["PATH"], ...pipeline.environment };
  return new Promise((resolve) => {
    execFile(process.execPath, words, { env }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : 0;
      const report =
        stdout === "" ? undefined : (JSON.parse(stdout) as { readonly reports: readonly Report[] }).reports[0];
      resolve({ code, report, output: `${stdout}\n${stderr}` });
    });
  });
}

it("finds every kind of difference under load, and heals it through the pipeline", async () => {
  const scene = await setScene({
    seed,
    truncates: false,
    pauseMs: 100,
    settings: { chunking: { maxTokens: 24, overlap: 0 } },
  });
  const { name, pipeline, client, workload, random } = scene;
  const table = `${scene.table.schema}."${scene.table.name}"`;
  await client.query(`INSERT INTO ${table} SELECT -n, repeat($1, 2) || n, n FROM generate_series(1, ${STILL_ROWS}) n`, [
    TEXT,
  ]);
  workload.start();
  const producer = await pipeline.start("cdc-producer");
  const transformer = await pipeline.start("embedding-transformer");
  const sink = await pipeline.start("vector-sink");
  await Promise.all([producer, transformer, sink].map((service) => service.ready()));
  await scene.moreChanges(20);
  const before = await verify(scene);
  expect(before, before.output).toMatchObject({ code: 0, report: { changing: 0 } });

  for (let round = 0; round < ROUNDS; round += 1) {
    expect(await sink.end("SIGTERM")).toBe(0);
    const planted = await plant(scene, random);
    sink.start();
    await sink.ready();
    await scene.moreChanges(20);

    const found = await verify(scene);
    expect(found, found.output).toMatchObject({ code: 1 });
    expect(kindsOf(found.report)).toEqual(planted);

    const repaired = await verify(scene, "--repair");
    expect(repaired, repaired.output).toMatchObject({ code: 0, report: { healed: planted.length } });
    expect(kindsOf(repaired.report)).toEqual(planted);

    const after = await verify(scene);
    expect(after, after.output).toMatchObject({ code: 0 });
    expect(kindsOf(after.report)).toEqual([]);
  }
  await scene.expectIndexEqualsTable();
  expect(name).not.toBe("");
});

function kindsOf(report: Report | undefined): string[] {
  return (report?.examples ?? []).map(({ kind, key }) => `${kind} ${kind === "orphaned" ? "" : key}`).sort();
}

/** One of each kind, each in a row of its own, while the sink is down. @returns what is to be found. */
async function plant({ pipeline, name }: Scene, random: () => number): Promise<string[]> {
  const directory = join(pipeline.environment["FRESHET_ZVEC_DIR"] ?? "", "main");
  const store = await openZvecStore({ directory });
  try {
    const victim: Victim = { store, index: name, collection: (await store.resolveAlias(name)) ?? "" };
    const rows = Array.from({ length: STILL_ROWS }, (_, place) => -1 - place)
      .map((id) => ({ id, place: random() }))
      .toSorted((a, b) => a.place - b.place);
    const planted: string[] = [];
    for (const [place, { kind, damage }] of Object.values(PLANTS).entries()) {
      const key = `{"id":${rows[place]?.id ?? 0}}`;
      const ids = [0, 1, 2, 3, 4, 5].map((chunk) => pointId(name, key, chunk));
      const points = [...(await store.retrieve(victim.collection, ids)).values()].sort(
        (a, b) => a.metadata.chunk - b.metadata.chunk,
      );
      expect(points.length, key).toBeGreaterThan(1);
      const batch = { upserts: [], payloads: [], deletes: [], ...damage(points, victim) };
      await store.apply(victim.collection, batch, () => undefined);
      planted.push(`${kind} ${kind === "orphaned" ? "" : key}`);
    }
    return planted.sort();
  } finally {
    await store.close();
  }
}
