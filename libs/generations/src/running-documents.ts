import type { IndexConfiguration } from "@freshet/process/configuration";
import type { ModelConfiguration } from "@freshet/process/model-configuration";
import { stringifyJson } from "@freshet/schemas/lossless-json";
import { DOCUMENT_SETTINGS } from "./definition-changes.js";
import type { RunningGeneration } from "./running-generation.js";

/** A topic of documents, as a transformer fills it: of one generation, or of several of which only the collections differ. */
export interface RunningDocuments {
  readonly index: string;
  /** The number of the generation that they were first made for. */
  readonly documents: number;
  readonly settings: IndexConfiguration;
  readonly model: ModelConfiguration;
  /** They are what searches find, or are to find. */
  readonly serving: boolean;
}

/** By names that tell all by which the documents could be others. What is being dropped gets no more documents. */
export function runningDocuments(generations: readonly RunningGeneration[]): ReadonlyMap<string, RunningDocuments> {
  const running = new Map<string, RunningDocuments>();
  // The serving one last: its settings stand for those that share its documents.
  const kept = generations.filter(({ dropping }) => !dropping);
  for (const one of kept.toSorted((a, b) => Number(a.serving) - Number(b.serving))) {
    const { index, documents, settings, model } = one;
    const topic = `${index}/${documents}`;
    running.set(topic, { index, documents, settings, model, serving: one.serving });
  }
  return new Map([...running.values()].map((documents) => [nameOf(documents), documents]));
}

function nameOf({ index, documents, settings, model }: RunningDocuments): string {
  const ofDocuments = new Map<string, unknown>(Object.entries(settings));
  return stringifyJson([index, documents, model, DOCUMENT_SETTINGS.map((name) => ofDocuments.get(name) ?? null)]);
}
