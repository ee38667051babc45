import { documentContent, documentRules, type DocumentRules } from "@freshet/documents/document-rules";
import type { EmbeddingModel } from "@freshet/embeddings/embedding-model";
import { chunkTexts } from "@freshet/embeddings/chunking/chunk-texts";
import type { IndexDefinition } from "@freshet/generations/definition";
import { sameVectors } from "@freshet/generations/definition-changes";
import { textHash } from "@freshet/schemas/text-hash";
import { pointId } from "@freshet/vector-stores/point-id";
import type { Measured } from "./estimate.js";
import type { SampledRow } from "./sample-changes.js";

/** A beginning and an end: what a model adds to a single text, about. */
const SPECIAL_TOKENS = 2;
const TRIAL_TEXTS = 32;
const WARM_UP_TEXTS = 4;

export interface MeasureOptions {
  readonly index: string;
  readonly rows: readonly SampledRow[];
  /** What serves, and what is to. */
  readonly from: IndexDefinition;
  readonly to: IndexDefinition;
  /** The one that is to be. */
  readonly model: EmbeddingModel;
  /** The hashes of the texts that the serving collection has, by point id. */
  readonly storedHashes: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

interface Chunk {
  readonly id: string;
  readonly text: string;
}

/** Makes the documents of some rows, by the rules that are to be, and embeds a few of them where that costs no money. */
export async function measure(options: MeasureOptions): Promise<Measured> {
  const { index, rows, from, to, model } = options;
  const texts = contentsOf(rows, documentRules(index, to.index));
  const cut = await cutTexts(texts, options);
  const prefix = model.prefix("document");
  const hashes = sameVectors(from.model, to.model) ? await options.storedHashes(cut.map(({ id }) => id)) : new Map();
  const isKnown = ({ id, text }: Chunk) => hashes.get(id) === textHash(model.identity, prefix, text);
  const counts = await model.countTokens(cut.map(({ text }) => prefix + text));
  const tokens = counts.map((count) => Math.min(model.maxTokens, count + SPECIAL_TOKENS));
  const unknown = cut.filter((chunk) => !isKnown(chunk));
  return {
    rows: rows.length,
    inIndexNow: contentsOf(rows, documentRules(index, from.index)).size,
    inIndexThen: texts.size,
    ...{ texts: cut.length, knownTexts: cut.length - unknown.length },
    tokens: tokens.reduce((sum, count) => sum + count, 0),
    knownTokens: cut.reduce((sum, chunk, place) => (isKnown(chunk) ? sum + (tokens[place] ?? 0) : sum), 0),
    textsPerSecond: to.model.provider === "openai" ? null : await tryOut(unknown, model),
  };
}

/** By the rows' keys; without those that have no text, or can't become documents. */
function contentsOf(rows: readonly SampledRow[], rules: DocumentRules): Map<string, string> {
  return new Map(
    rows.flatMap(({ key, row }) => {
      try {
        const content = documentContent(row, rules);
        return content === null || content.text === "" ? [] : [[key, content.text] as const];
      } catch {
        return [];
      }
    }),
  );
}

async function cutTexts(texts: ReadonlyMap<string, string>, { index, to, model }: MeasureOptions): Promise<Chunk[]> {
  const { chunking } = to.index;
  const all = [...texts.values()];
  const { maxTokens = model.maxTokens, overlap = Math.floor(maxTokens / 10) } = chunking || {};
  const rules = { maxTokens, overlap, prefix: model.prefix("document"), maxChunks: Infinity };
  const cut = chunking === false ? all.map((text) => [text]) : await chunkTexts(all, model, rules);
  return [...texts.keys()].flatMap((key, place) => {
    const chunks = cut[place] ?? [];
    if (chunks instanceof Error) return [];
    return chunks.map((text, chunk) => ({ id: pointId(index, key, chunk), text }));
  });
}

/** Texts a second; null without a text to try. */
async function tryOut(chunks: readonly Chunk[], model: EmbeddingModel): Promise<number | null> {
  const texts = chunks.slice(0, TRIAL_TEXTS).map(({ text }) => text);
  if (texts.length === 0) return null;
  await model.embed(texts.slice(0, WARM_UP_TEXTS), "document");
  const start = performance.now();
  await model.embed(texts, "document");
  return (texts.length / (performance.now() - start)) * 1000;
}
