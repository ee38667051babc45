import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkSha256 } from "./checksum.js";
import { downloadModel } from "./hub-download.js";
import { modelTraits, type ModelTraits } from "./model-traits.js";

export type Dtype = "fp32" | "q8";

/** Which model, and where its files come from. */
export interface ModelLocation {
  readonly name: string;
  readonly dtype: Dtype;
  /** A folder of models, each under its name. The hub is asked only without it. */
  readonly directory?: string | undefined;
  /** The hub's repository that has the ONNX files; the model's own name by default. */
  readonly hub?: string | undefined;
  /** Another hub than Hugging Face's, that answers like it. */
  readonly hubUrl?: string | undefined;
  /** Of the ONNX file, in hex; another file is refused. */
  readonly sha256?: string | undefined;
  /** Where downloaded models are kept, each under its repository's name. */
  readonly cacheDirectory: string;
}

/** What has to be known of a model's files before it can run. */
export interface ModelFiles extends ModelTraits {
  readonly folder: string;
  readonly onnxFile: string;
  /** sha256 of the ONNX file, in hex. */
  readonly revision: string;
}

/** The name by which the hub's repositories know the file. */
const ONNX_FILE: Record<Dtype, string> = { fp32: "onnx/model.onnx", q8: "onnx/model_quantized.onnx" };
const CONFIG = "config.json";
const TOKENIZER_CONFIG = "tokenizer_config.json";
const MODULES = "modules.json";
const POOLING = "1_Pooling/config.json";
const SENTENCE_BERT = "sentence_bert_config.json";
const SENTENCE_TRANSFORMERS = "config_sentence_transformers.json";

/** @throws {Error} one sentence, when a file is missing, can't be downloaded or isn't what it should be. */
export async function findModelFiles(location: ModelLocation): Promise<ModelFiles> {
  const onnx = ONNX_FILE[location.dtype];
  const folder = await modelFolder(location, [CONFIG, TOKENIZER_CONFIG, "tokenizer.json", onnx]);
  const json = (file: string) => readJson(join(folder, file));
  const traits = modelTraits(location.name, {
    config: asObject(await json(CONFIG)) ?? {},
    tokenizer: asObject(await json(TOKENIZER_CONFIG)) ?? {},
    modules: asObjects(await json(MODULES)),
    pooling: asObject(await json(POOLING)),
    sentenceBert: asObject(await json(SENTENCE_BERT)),
    sentenceTransformers: asObject(await json(SENTENCE_TRANSFORMERS)),
  });
  const onnxFile = join(folder, onnx);
  return { ...traits, folder, onnxFile, revision: await checkSha256(onnxFile, location.sha256) };
}

async function modelFolder(location: ModelLocation, required: readonly string[]): Promise<string> {
  const { name, directory, cacheDirectory, hub = name, hubUrl } = location;
  if (directory === undefined) {
    const folder = join(cacheDirectory, hub);
    const optional = [MODULES, POOLING, SENTENCE_BERT, SENTENCE_TRANSFORMERS];
    await downloadModel({ name, hub, hubUrl, folder, required, optional });
    return folder;
  }
  const folder = join(directory, name);
  const missing = required.find((file) => !existsSync(join(folder, file)));
  if (missing !== undefined) {
    throw new Error(
      `The model ${name} can't be loaded, because ${join(folder, missing)} doesn't exist; ` +
        `put the model's files there, or leave the model folder unset to have them downloaded.`,
    );
  }
  return folder;
}

/** Null when the file isn't there. */
async function readJson(file: string): Promise<unknown> {
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new Error(`The model's file ${file} can't be read as JSON; remove it and fetch it again.`, { cause: error });
  }
}

function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null ? { ...value } : null;
}

function asObjects(value: unknown): Record<string, unknown>[] | null {
  return Array.isArray(value) ? value.map((item) => asObject(item) ?? {}) : null;
}
