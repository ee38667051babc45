import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { downloadModel } from "./hub-download.js";
import type { Pooling } from "./pooling.js";

export type Dtype = "fp32" | "q8";

/** Which model, and where its files come from. */
export interface ModelLocation {
  readonly name: string;
  readonly dtype: Dtype;
  /** A folder of models, each under its name. The hub is asked only without it. */
  readonly directory?: string;
  /** The hub's repository that has the ONNX files; the model's own name by default. */
  readonly hub?: string;
  /** Where downloaded models are kept, each under its repository's name. */
  readonly cacheDirectory: string;
}

/** What has to be known of a model's files before it can run. */
export interface ModelFiles {
  readonly folder: string;
  readonly onnxFile: string;
  /** sha256 of the ONNX file, in hex. */
  readonly revision: string;
  readonly dimensions: number;
  readonly maxTokens: number;
  readonly pooling: Pooling;
}

/** Longest input, whatever the model itself allows: a row's text is a paragraph, not a book. */
const MAX_TOKENS = 512;

/** The name by which the hub's repositories know the file. */
const ONNX_FILE: Record<Dtype, string> = { fp32: "onnx/model.onnx", q8: "onnx/model_quantized.onnx" };
const POOLING_FILE = "1_Pooling/config.json";

/** @throws {Error} one sentence, when a file is missing, can't be downloaded or isn't what it should be. */
export async function findModelFiles(location: ModelLocation): Promise<ModelFiles> {
  const required = ["config.json", "tokenizer_config.json", "tokenizer.json", ONNX_FILE[location.dtype]];
  const folder = await modelFolder(location, required);
  const onnxFile = join(folder, ONNX_FILE[location.dtype]);
  const config = await readJson(join(folder, "config.json"));
  const dimensions = config["hidden_size"];
  if (typeof dimensions !== "number") {
    throw new Error(`The file ${join(folder, "config.json")} names no hidden_size, so it is no embedding model's.`);
  }
  const positions = config["max_position_embeddings"];
  return {
    folder,
    onnxFile,
    revision: await sha256(onnxFile),
    dimensions,
    maxTokens: typeof positions === "number" ? Math.min(positions, MAX_TOKENS) : MAX_TOKENS,
    pooling: await readPooling(join(folder, POOLING_FILE), location.name),
  };
}

async function modelFolder(location: ModelLocation, required: readonly string[]): Promise<string> {
  const { name, directory, cacheDirectory, hub = name } = location;
  if (directory === undefined) {
    const folder = join(cacheDirectory, hub);
    await downloadModel({ name, hub, folder, required, optional: [POOLING_FILE] });
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

/** sentence-transformers writes the pooling down; a copy without that file is judged by the model's family. */
async function readPooling(file: string, name: string): Promise<Pooling> {
  if (!existsSync(file)) return /(^|\/)bge-/i.test(name) ? "cls" : "mean";
  const config = await readJson(file);
  if (config["pooling_mode_cls_token"] === true) return "cls";
  if (config["pooling_mode_mean_tokens"] === true) return "mean";
  throw new Error(
    `The model ${name} pools its tokens neither by mean nor by the first token (${file}): choose another.`,
  );
}

async function readJson(file: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`The model's file ${file} can't be read as JSON; remove it and fetch it again.`, { cause: error });
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
