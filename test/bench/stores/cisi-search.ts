import { randomUUID } from "node:crypto";
import { prepareModel } from "@freshet/local-stack/model";
import type { ModelIdentity } from "@freshet/schemas/embedded-document";
import { encodeRowKey } from "@freshet/schemas/row-key";
import { textHash } from "@freshet/schemas/text-hash";
import { pointId } from "@freshet/vector-stores/point-id";
import type { Point, VectorStore } from "@freshet/vector-stores/vector-store";
import type { Cisi } from "../embeddings/cisi.js";
import { embedAll, judgedQueries, meanNdcg, ranked } from "../embeddings/ranking.js";
import { openBenchModel } from "../embeddings/speed.js";
import type { BenchOptions, Figure } from "../report.js";
import type { Subject } from "./subject.js";

const DTYPE = "q8";
const K = 10;
/** What approximate search may cost. */
const TOLERANCE = 0.005;
/** When the documents were indexed tells nothing about how well they are found. */
const MOMENT = 0;

/** CISI as vectors: a document is one point. */
export interface EmbeddedCisi {
  readonly cisi: Cisi;
  readonly model: ModelIdentity;
  readonly documents: readonly Float32Array[];
  /** Of the queries that are judged. */
  readonly questions: readonly Float32Array[];
  /** nDCG@10 of looking at every document. */
  readonly exact: number;
}

export async function embedCisi(cisi: Cisi, { onProgress }: BenchOptions): Promise<EmbeddedCisi> {
  const model = await openBenchModel(await prepareModel({ dtype: DTYPE, onProgress }), DTYPE);
  try {
    onProgress(`CISI: ${cisi.documents.length} documents are embedded`);
    const texts = (of: readonly { readonly text: string }[]) => of.map(({ text }) => text);
    const documents = await embedAll(model, texts(cisi.documents), "document");
    const questions = await embedAll(model, texts(judgedQueries(cisi)), "query");
    const exact = await meanNdcg(cisi, (_, place) =>
      ranked(questions[place] ?? new Float32Array(), documents).map((found) => cisi.documents[found]?.id ?? ""),
    );
    return { cisi, model: model.identity, documents, questions, exact };
  } finally {
    await model.close();
  }
}

/** How well the store finds CISI's documents: by nearness, and by nearness and words. */
export async function measureCisi({ name, store }: Subject, embedded: EmbeddedCisi): Promise<Figure[]> {
  const dense = await searchQuality(store, embedded, false);
  const figures: Figure[] = [
    {
      ...{ metric: `${name}: CISI nDCG@${K}, dense (limit: exact)`, unit: "", values: [dense], limit: embedded.exact },
      aim: { atLeast: (embedded.exact - TOLERANCE) / embedded.exact },
    },
  ];
  if (store.capabilities.hybrid) {
    const hybrid = await searchQuality(store, embedded, true);
    figures.push({ metric: `${name}: CISI nDCG@${K}, hybrid`, unit: "", values: [hybrid], limit: embedded.exact });
  }
  return figures;
}

async function searchQuality(store: VectorStore, embedded: EmbeddedCisi, hybrid: boolean): Promise<number> {
  const { cisi, model, questions } = embedded;
  const collection = `cisi_${randomUUID().slice(0, 8)}`;
  const features = { fields: {}, tenant: null, hybrid };
  await store.ensureCollection({ name: collection, model, distance: "cosine", features, origin: null });
  try {
    const points = pointsOf(embedded);
    const documents = new Map(points.map(({ id }, place) => [id, cisi.documents[place]?.id ?? ""]));
    await store.apply(collection, { upserts: points, payloads: [], deletes: [] }, () => undefined);
    await store.finishLoad(collection);
    return await meanNdcg(cisi, async ({ text }, place) => {
      const vector = questions[place] ?? new Float32Array();
      const hits = await store.search(collection, { vector, k: K, ...(hybrid ? { text } : {}) });
      return hits.map(({ id }) => documents.get(id) ?? "");
    });
  } finally {
    await store.drop(collection);
  }
}

function pointsOf({ cisi, model, documents }: EmbeddedCisi): Point[] {
  return cisi.documents.map(({ id, text }, place) => {
    const key = encodeRowKey({ id });
    return {
      id: pointId("cisi", key, 0),
      vector: documents[place] ?? new Float32Array(),
      text,
      payload: { document: id },
      metadata: {
        ...{ index: "cisi", table: "public.documents", key, chunk: 0, chunks: 1, partition: 0 },
        ...{ position: { epoch: 1, commitLsn: 1n, seq: 0 }, rowHash: null, textHash: textHash(model, "", text) },
        ...{ committedAt: MOMENT, indexedAt: MOMENT },
      },
    };
  });
}
