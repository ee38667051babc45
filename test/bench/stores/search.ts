import { recall } from "./neighbours.js";
import type { BareCollection, EqualFilter, Subject } from "./subject.js";
import { quantile, type Figure } from "../report.js";

export const K = 10;

/** Queries, and what each would find by looking at every point. */
export interface Questions {
  /** How many of the points it is about: "1 % of them". */
  readonly name: string;
  readonly filter: ((query: number) => EqualFilter) | null;
  readonly vectors: readonly Float32Array[];
  /** Places of the rows, best first. */
  readonly nearest: readonly (readonly number[])[];
}

export interface SearchOptions {
  readonly subject: Subject;
  /** The sink's. */
  readonly collection: string;
  readonly bare: BareCollection;
  readonly questions: readonly Questions[];
  readonly idOf: (place: number) => string;
  readonly runs: number;
  readonly onProgress: (message: string) => void;
}

interface Answers {
  readonly latencies: number[];
  readonly recalls: number[];
}

/** One query at a time, in turn through the adapter and the bare client. */
export async function measureSearch(options: SearchOptions): Promise<Figure[]> {
  const { subject, onProgress } = options;
  const { capabilities } = subject.store;
  const figures: Figure[] = [];
  for (const questions of options.questions) {
    if (questions.filter !== null && !capabilities.filters) continue;
    const runs: { adapter: Answers; bare: Answers }[] = [];
    for (let run = 0; run < options.runs + 1; run++) runs.push(await ask(questions, options));
    // The first one warms everything up.
    const measured = runs.slice(1);
    figures.push(...toFigures(`${subject.name}: search${questions.name}`, measured));
    const last = measured.at(-1);
    onProgress(
      `${subject.name}: search${questions.name}: ${quantile(last?.adapter.latencies ?? [], 0.5).toFixed(2)} ms`,
    );
  }
  return figures;
}

async function ask(
  { filter, vectors, nearest }: Questions,
  { subject, collection, bare, idOf }: SearchOptions,
): Promise<{ adapter: Answers; bare: Answers }> {
  const adapterAnswers: Answers = { latencies: [], recalls: [] };
  const bareAnswers: Answers = { latencies: [], recalls: [] };
  const throughAdapter = async (vector: Float32Array, one: EqualFilter | null) => {
    const hits = await subject.store.search(collection, { vector, k: K, ...(one ? { filter: one } : {}) });
    return hits.map(({ id }) => id);
  };
  const throughClient = (vector: Float32Array, one: EqualFilter | null) => bare.search({ vector, k: K, filter: one });
  for (const [query, vector] of vectors.entries()) {
    const truth = (nearest[query] ?? []).map(idOf);
    const one = filter?.(query) ?? null;
    const ways = [
      () => timed(adapterAnswers, truth, () => throughAdapter(vector, one)),
      () => timed(bareAnswers, truth, () => throughClient(vector, one)),
    ];
    for (const way of query % 2 === 0 ? ways : ways.reverse()) await way();
  }
  return { adapter: adapterAnswers, bare: bareAnswers };
}

async function timed(answers: Answers, truth: readonly string[], search: () => Promise<string[]>): Promise<void> {
  const started = performance.now();
  const found = await search();
  answers.latencies.push(performance.now() - started);
  answers.recalls.push(recall(found, truth));
}

function toFigures(name: string, runs: readonly { adapter: Answers; bare: Answers }[]): Figure[] {
  const latency = (share: number): Figure => ({
    metric: `${name}, p${share * 100}`,
    unit: "ms",
    values: runs.map(({ adapter }) => quantile(adapter.latencies, share)),
    limit: quantile(
      runs.map(({ bare }) => quantile(bare.latencies, share)),
      0.5,
    ),
  });
  const recalls = (of: "adapter" | "bare") => runs.map((run) => mean(run[of].recalls));
  return [
    latency(0.5),
    latency(0.99),
    {
      ...{ metric: `${name}, recall@${K}`, unit: "" },
      ...{ values: recalls("adapter"), limit: quantile(recalls("bare"), 0.5) },
    },
  ];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
