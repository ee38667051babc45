import { z } from "zod";
import { modelPrice } from "./model-price.js";
import { openAiModel, UNKNOWN_REVISION } from "./openai-model-configuration.js";
import { teiModel } from "./tei-model-configuration.js";

const localModel = z.strictObject({
  provider: z.literal("local"),
  name: z.string().min(1),
  price: modelPrice.optional(),
  dtype: z.enum(["fp32", "q8"]).default("q8"),
  /**
   * Put before a question; without it what the model's own files say (`prompts` in config_sentence_transformers.json),
   * or else what its family was trained with by its name: bge, e5, and none for gte and MiniLM. "" for none.
   */
  queryPrefix: z.string().optional(),
  /** The same before a document's text. */
  documentPrefix: z.string().optional(),
  /** Threads of one inference; the runtime's choice when absent. */
  threads: z.int().positive().optional(),
  /** The repository on the hub that has the ONNX files, when it isn't `name`. */
  hub: z.string().optional(),
  /** A mirror of the hub; Hugging Face when absent. */
  hubUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** Of the ONNX file, in hex: another file is refused. */
  sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, "expected a sha256 of 64 hexadecimal digits, as sha256sum prints it")
    .optional(),
});

/** A model as freshet.yaml names it; what it says beside `name` depends on its provider. */
export const modelSchema = z.discriminatedUnion(
  "provider",
  [localModel, openAiModel, teiModel],
  "expected provider: local, provider: openai or provider: tei, and the model's name",
);

export type ModelConfiguration = z.output<typeof modelSchema>;

/**
 * Pairs of models of the same identity that may be two: what the one has embedded would be taken for the other's. An
 * address is no part of a model's identity, so that it may move.
 */
export function indistinguishable(models: Readonly<Record<string, ModelConfiguration>>): [string, string][] {
  const pairs: [string, string][] = [];
  const seen = new Map<string, { readonly name: string; readonly url: string }>();
  for (const [name, model] of Object.entries(models)) {
    if (model.provider !== "openai" || model.revision !== UNKNOWN_REVISION) continue;
    const identity = JSON.stringify([model.name, model.dimensions]);
    const known = seen.get(identity);
    if (known !== undefined && known.url !== model.url) pairs.push([name, known.name]);
    seen.set(identity, { name, url: model.url });
  }
  return pairs;
}
