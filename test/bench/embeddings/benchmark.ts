import { startLocalStack, type LocalStack } from "@freshet/local-stack/local-stack";
import { describeMachine, toResult, type BenchOptions, type BenchReport, type Figure } from "../report.js";
import { readTitles, titleText } from "../titles.js";
import { readCisi } from "./cisi.js";
import { measureQuality } from "./quality.js";
import { measureRepeatedTexts } from "./repeated-texts.js";
import { measureSpeed, THREADS } from "./speed.js";
import { measureWaitingTexts } from "./waiting-texts.js";

interface Workload {
  readonly runs: number;
  readonly texts: number;
  /** To find the best settings with. */
  readonly sample: number;
  readonly single: number;
  readonly documents: number;
  readonly rows: number;
  readonly waiting: number;
  readonly waitingSeconds: number;
}

const FULL: Workload = {
  ...{ runs: 5, texts: 2000, sample: 200, single: 100, documents: Infinity, rows: Infinity },
  ...{ waiting: 10_000, waitingSeconds: 240 },
};
const QUICK: Workload = {
  ...{ runs: 1, texts: 60, sample: 16, single: 10, documents: 60, rows: 100 },
  ...{ waiting: 300, waitingSeconds: 6 },
};

const DTYPE = "q8";
/** About 2,000 tokens. */
const WORDS_OF_A_LONG_TEXT = 1600;

/** What becomes of texts: how fast, how well, and at no cost when they are known. */
export async function runEmbeddings(options: BenchOptions): Promise<BenchReport> {
  const workload = options.quick ? QUICK : FULL;
  const stack = await startLocalStack({ environment: process.env, dtype: DTYPE, onProgress: options.onProgress });
  try {
    const speed = await measureSpeed({ ...workload, ...options, modelDirectory: stack.modelDirectory, dtype: DTYPE });
    const cisi = readCisi(options.data);
    const documents = cisi?.documents.slice(0, workload.documents) ?? [];
    const figures = [
      ...speed.figures,
      ...(cisi === null ? [] : await measureQuality({ ...cisi, documents }, options)),
      ...(await service(stack, workload, options, speed.inferenceMs)),
    ];
    return {
      name: "embeddings",
      workload: describe(workload, [speed.skipped, cisi === null ? "search quality (no data)" : null]),
      machine: describeMachine(),
      results: figures.map(toResult),
    };
  } finally {
    await stack.stop();
  }
}

function describe({ texts, runs, sample }: Workload, skipped: readonly (string | null)[]): string {
  const left = skipped.filter((part) => part !== null);
  return (
    `${texts} texts of mixed length in turn through each, ${runs} run(s), ${DTYPE}, ${THREADS} threads; limit: a loop of ` +
    `inferences alone, its texts tokenised and sorted before, its batch and threads the best of a sample of ${sample}; the ` +
    `services on a Postgres and a Kafka of their own` +
    (left.length === 0 ? "" : `; skipped: ${left.join(", ")}`)
  );
}

/** Through the running transformer. */
async function service(
  stack: LocalStack,
  { rows, single, waiting, waitingSeconds }: Workload,
  { data, onProgress }: BenchOptions,
  inferenceMs: number,
): Promise<Figure[]> {
  const titles = readTitles(data);
  const known = titles.slice(0, rows).map((title) => ({ id: title.showId, text: titleText(title) }));
  const fresh = titles.slice(0, single).map((title, i) => ({ id: `fresh-${i}`, text: title.description.slice(0, -2) }));
  const words = titles
    .map(({ description }) => description)
    .join(" ")
    .split(" ");
  const long = Array.from({ length: waiting }, (_, i) => ({ id: `long-${i}`, text: longText(words, i) }));
  return [
    ...(await measureRepeatedTexts(stack, { rows: known, single: fresh, inferenceMs, dtype: DTYPE, onProgress })),
    ...(await measureWaitingTexts(stack, { rows: long, seconds: waitingSeconds, dtype: DTYPE })),
  ];
}

/** Every one is another. */
function longText(words: readonly string[], i: number): string {
  const start = (i * 13) % Math.max(1, words.length - WORDS_OF_A_LONG_TEXT);
  return words.slice(start, start + WORDS_OF_A_LONG_TEXT).join(" ");
}
