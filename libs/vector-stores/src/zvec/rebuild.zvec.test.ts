import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { ZVecCollectionSchema, ZVecCreateAndOpen, ZVecDataType, ZVecIndexType, ZVecMetricType } from "@zvec/zvec";
import { expect, it, onTestFinished } from "vitest";
import { NO_FEATURES } from "../collection-spec.js";
import { axis, MODEL, point, VECTORS, write } from "../contract/sample.js";
import type { PayloadFilter } from "../payload-filter.js";
import { folderName } from "./catalog.js";
import { toDocument } from "./point.js";
import { openZvecStore, type ZvecOptions } from "./store.js";

const WITH_YEAR = { ...VECTORS, features: { ...NO_FEATURES, fields: { year: "integer" } } } as const;
const LATE: PayloadFilter = { field: "year", range: { gte: 1_990 } };
const POINTS = Array.from({ length: 2_000 }, (_, year) => point({ key: { year }, payload: { year } }));

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "freshet-zvec-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, "store");
}

async function open(directory: string, options: Partial<ZvecOptions> = {}) {
  const store = await openZvecStore({ directory, ...options });
  onTestFinished(() => store.close());
  return store;
}

/** As Freshet laid collections down before they had fields: a catalogue of version 1 without features. */
async function makeOld(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const collections = [{ name: "books", model: MODEL }];
  await writeFile(join(directory, "catalog.json"), JSON.stringify({ version: 1, collections, aliases: [] }));
  const inverted = { indexType: ZVecIndexType.INVERT, enableRangeOptimization: false } as const;
  const { STRING, VECTOR_FP32 } = ZVecDataType;
  const hnsw = {
    indexType: ZVecIndexType.HNSW,
    metricType: ZVecMetricType.COSINE,
    m: 16,
    efConstruction: 200,
  } as const;
  const schema = new ZVecCollectionSchema({
    name: "points",
    vectors: { name: "vector", dataType: VECTOR_FP32, dimension: MODEL.dimensions, indexParams: hnsw },
    fields: [
      { name: "pid", dataType: STRING, indexParams: inverted },
      { name: "rows", dataType: STRING, indexParams: inverted },
      ...["position", "metadata", "content"].map((name) => ({ name, dataType: STRING })),
    ],
  });
  const zvec = ZVecCreateAndOpen(join(directory, folderName({ name: "books", generation: 0 })), schema);
  // The last ones twice: what was replaced harms an index that zvec builds over it.
  for (const start of [0, 1_000, 1_900]) {
    const inputs = POINTS.slice(start, start + 1_000).map((stored) => ({
      id: stored.id,
      vectors: { vector: stored.vector },
      fields: toDocument(stored, { fields: {}, bm25: null }).fields,
    }));
    expect(zvec.upsertSync(inputs).every(({ ok }) => ok)).toBe(true);
  }
  zvec.closeSync();
}

it("takes over what an older version made, and gives it fields when they are wanted", async () => {
  const directory = await newFolder();
  await makeOld(directory);
  const store = await open(directory);
  expect(await store.describe("books")).toEqual({ name: "books", ...VECTORS });
  await store.ensureCollection({ name: "books", ...VECTORS });
  await store.finishLoad("books");
  for (const { id, vector } of POINTS.filter((_, place) => place % 40 === 0)) {
    const [itself] = await store.search("books", { vector, k: 1 });
    expect(itself?.id).toBe(id);
  }
  const later = point({ key: { year: 2_000 }, payload: { year: 2_000 }, vector: axis(5) });
  await write(store, "books", { upserts: [later] });
  const [nearest] = await store.search("books", { vector: axis(5), k: 1 });
  expect(nearest?.id).toBe(later.id);

  await store.swapAlias("alias", "books");
  await store.ensureCollection({ name: "books", ...WITH_YEAR });
  expect(await store.resolveAlias("alias")).toBe("books");
  expect(await store.count("books")).toBe(2_001);
  const hits = await store.search("books", { vector: axis(5), k: 100, filter: LATE });
  expect(hits.map(({ payload }) => payload["year"]).sort()).toEqual(Array.from({ length: 11 }, (_, id) => 1_990 + id));
  const found = await store.retrieve("books", [POINTS[7]?.id ?? ""]);
  const [whole] = found.values();
  expect(whole).toEqual({ ...POINTS[7], vector: whole?.vector });
  for (const [place, part] of (whole?.vector ?? []).entries()) {
    expect(part).toBeCloseTo(POINTS[7]?.vector[place] ?? NaN, 6);
  }
});

it("rebuilds a collection whose settings changed, smaller for the edge", async () => {
  const directory = await newFolder();
  const first = await openZvecStore({ directory });
  await first.ensureCollection({ name: "books", ...WITH_YEAR });
  await write(first, "books", { upserts: POINTS });
  await first.close();
  const store = await open(directory, { profile: "edge", hnsw: { efSearch: 50 } });
  await store.ensureCollection({ name: "books", ...WITH_YEAR });
  expect(await store.count("books")).toBe(2_000);
  await store.finishLoad("books");
  const [hit] = await store.search("books", { vector: POINTS[3]?.vector ?? axis(0), k: 1 });
  expect(hit?.id).toBe(POINTS[3]?.id);
  expect((await readdir(directory)).filter((name) => name.startsWith("books"))).toEqual([
    folderName({ name: "books", generation: 1 }),
  ]);
});

/** Says when the rebuild has begun, and goes on with it. */
const REBUILDER = `
  const [built, directory, features] = process.argv.slice(1);
  const { openZvecStore } = await import(built + "/zvec/store.js");
  const { VECTORS } = await import(built + "/contract/sample.js");
  const store = await openZvecStore({ directory });
  const rebuilt = store.ensureCollection({ name: "books", ...VECTORS, features: JSON.parse(features) });
  await store.count("books");
  console.log("begun");
  await rebuilt;
  console.log("done");
`;

it.each(["begun", "done"])("has all points after it is killed when a rebuild has %s", async (said) => {
  const directory = await newFolder();
  await makeOld(directory);
  const built = new URL("../../dist", import.meta.url).href;
  const child = spawn(
    process.execPath,
    ["--input-type=module", "--eval", REBUILDER, built, directory, JSON.stringify(WITH_YEAR.features)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  child.stdout.on("data", (output: Buffer) => {
    if (output.toString().includes(said)) child.kill("SIGKILL");
  });
  await exited;
  expect(child.signalCode).toBe("SIGKILL");

  const store = await open(directory);
  expect(await store.count("books")).toBe(2_000);
  expect((await readdir(directory)).filter((name) => name.startsWith("books"))).toHaveLength(1);
  await store.ensureCollection({ name: "books", ...WITH_YEAR });
  expect(await store.search("books", { vector: axis(0), k: 100, filter: LATE })).toHaveLength(10);
});
