import { readCisi } from "../embeddings/cisi.js";
import { describeMachine, toResult, type BenchOptions, type BenchReport, type Figure } from "../report.js";
import { readTitles, titleText } from "../titles.js";
import { embedCisi, measureCisi } from "./cisi-search.js";
import { measureStore, type Workload } from "./measure-store.js";
import { questionsAbout } from "./questions.js";
import { Rows } from "./rows.js";
import { SUBJECTS } from "./subjects/open.js";
import { clusteredVectors, DIMENSIONS } from "./vectors.js";
import { measureZvecProfiles } from "./zvec-profiles.js";

const FULL: Workload = {
  ...{ points: 100_000, parts: 10, probe: 5_000, single: 1_000 },
  ...{ updates: 10_000, updateRuns: 3, queries: 200, searchRuns: 3, documents: Infinity },
};
const QUICK: Workload = {
  ...{ points: 5_000, parts: 1, probe: 1_000, single: 100 },
  ...{ updates: 1_000, updateRuns: 1, queries: 20, searchRuns: 1, documents: 100 },
};
const SEED = 20_260_101;

/** What is left of each store's own speed, and how well is searched. */
export async function runStores(options: BenchOptions): Promise<BenchReport> {
  const { data, quick, only, onProgress } = options;
  requireKnown(only);
  const workload = quick ? QUICK : FULL;
  const texts = readTitles(data).map(titleText);
  const cisi = readCisi(data);
  const documents = cisi?.documents.slice(0, workload.documents) ?? [];
  const embedded = cisi === null ? null : await embedCisi({ ...cisi, documents }, options);
  onProgress(`${workload.points} vectors of seed ${SEED}, and what is nearest to ${workload.queries} others`);
  const vectors = clusteredVectors(workload.points, SEED);
  const first = (points: number) => {
    const some = vectors.subarray(0, points * DIMENSIONS);
    return { vectors: some, questions: questionsAbout(some, workload.queries, SEED + 1) };
  };
  const all = first(workload.points);

  const figures: Figure[] = [];
  const skipped = cisi === null ? ["CISI (no data)"] : [];
  for (const [name, open] of Object.entries(SUBJECTS)) {
    if (only.length > 0 && !only.includes(name)) continue;
    try {
      const subject = await open(onProgress);
      try {
        const { points = Infinity } = subject;
        const measured =
          points < workload.points
            ? { subject: { ...subject, name: `${name} (${points} points)` }, ...first(points) }
            : { subject, ...all };
        figures.push(...(await measureStore({ ...measured, workload, texts, onProgress })));
        if (embedded) figures.push(...(await measureCisi(subject, embedded)));
      } finally {
        await subject.close();
      }
      const [plain] = all.questions;
      if (name !== "zvec" || !plain) continue;
      const rows = new Rows("profiles", vectors, texts);
      figures.push(...(await measureZvecProfiles({ rows, parts: workload.parts, questions: plain, onProgress })));
    } catch (error) {
      onProgress(`${name}: ${reasonOf(error)}`);
      skipped.push(`${name} (${reasonOf(error)})`);
    }
  }
  return {
    name: "stores",
    workload: describe(workload, skipped),
    machine: describeMachine(),
    results: figures.map(toResult),
  };
}

function requireKnown(names: readonly string[]): void {
  const unknown = names.find((name) => !Object.hasOwn(SUBJECTS, name));
  if (unknown === undefined) return;
  throw new Error(`There is no store "${unknown}"; say some of: ${Object.keys(SUBJECTS).join(",")}.`);
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().split("\n")[0] ?? "";
}

function describe({ points, parts, probe }: Workload, skipped: readonly string[]): string {
  return (
    `${points} points of ${DIMENSIONS} dimensions around 1,000 centres (seed ${SEED}), loaded in ${parts} part(s), each by all in turn; ` +
    `the sink: decode, plan, read and apply, two batches of 1,000 on their way, no broker; limit: the store's own client ` +
    `in a bare loop, the first as its documentation has it, with the best settings (points a request × requests in flight) of a sample of ${probe}; k = 10` +
    (skipped.length === 0 ? "" : `; not measured: ${skipped.join(", ")}`)
  );
}
