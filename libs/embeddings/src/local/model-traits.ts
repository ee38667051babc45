import type { TextKind } from "../embedding-model.js";
import type { Pooling } from "./pooling.js";

/** How a model wants to be used, beyond its weights. */
export interface ModelTraits {
  readonly dimensions: number;
  /** Longest input, special tokens included. */
  readonly maxTokens: number;
  readonly pooling: Pooling;
  /** What it was trained to see before a text. */
  readonly prefixes: Readonly<Record<TextKind, string>>;
  /** Fills shorter texts up to their batch's width. */
  readonly padTokenId: number;
}

type Json = Readonly<Record<string, unknown>>;

/** The files beside a model's weights, as sentence-transformers saves them; null for one that isn't there. */
export interface ModelDescription {
  /** config.json */
  readonly config: Json;
  /** tokenizer_config.json */
  readonly tokenizer: Json;
  /** modules.json */
  readonly modules: readonly Json[] | null;
  /** 1_Pooling/config.json */
  readonly pooling: Json | null;
  /** sentence_bert_config.json */
  readonly sentenceBert: Json | null;
  /** config_sentence_transformers.json */
  readonly sentenceTransformers: Json | null;
}

/** Longest input, whatever the model itself allows: longer texts are for chunks. */
const MAX_TOKENS = 512;

/** What is done here after the transformer; every vector is normalised, for it is compared by its direction. */
const MODULES = ["Transformer", "Pooling", "Normalize"];

/** sentence-transformers' names of the prompt for a kind, the preferred one first. */
const PROMPTS: Readonly<Record<TextKind, readonly string[]>> = {
  query: ["query"],
  document: ["document", "passage", "corpus"],
};

const BGE_QUERY = "Represent this sentence for searching relevant passages: ";
const BGE_ZH_QUERY = "为这个句子生成表示以用于检索相关文章：";
const E5_TASK = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: ";

/** What the publishers' model cards say; the first that fits the name's last part. MiniLM and gte are like the last. */
const FAMILIES: readonly {
  readonly name: RegExp;
  readonly pooling: Pooling;
  readonly query: string;
  readonly document: string;
}[] = [
  { name: /bge-m3/, pooling: "cls", query: "", document: "" },
  { name: /bge-.*zh/, pooling: "cls", query: BGE_ZH_QUERY, document: "" },
  { name: /bge-/, pooling: "cls", query: BGE_QUERY, document: "" },
  { name: /e5-.*instruct/, pooling: "mean", query: E5_TASK, document: "" },
  { name: /(^|-)e5-/, pooling: "mean", query: "query: ", document: "passage: " },
  { name: /gte-(.*-v1\.5|multilingual)/, pooling: "cls", query: "", document: "" },
  { name: /(?:)/, pooling: "mean", query: "", document: "" },
];

/**
 * What the model's own files say, and where they are silent its family by its name.
 *
 * @throws {Error} one sentence, when the model needs what isn't done here.
 */
export function modelTraits(name: string, description: ModelDescription): ModelTraits {
  const { config, tokenizer, sentenceBert } = description;
  const dimensions = config["hidden_size"];
  if (typeof dimensions !== "number") {
    throw new Error(`The config.json of the model ${name} names no hidden_size, so it is no embedding model's.`);
  }
  checkModules(name, description.modules);
  const ownLimit = sentenceBert?.["max_seq_length"] ?? tokenizer["model_max_length"];
  const limits = [ownLimit, config["max_position_embeddings"]].filter((limit) => typeof limit === "number");
  const padTokenId = config["pad_token_id"];
  return {
    dimensions,
    maxTokens: Math.min(MAX_TOKENS, ...limits),
    pooling: pooling(name, description.pooling),
    prefixes: prefixes(name, description.sentenceTransformers),
    padTokenId: typeof padTokenId === "number" ? padTokenId : 0,
  };
}

function family(name: string): (typeof FAMILIES)[number] | undefined {
  const own = name.toLowerCase().split("/").at(-1) ?? "";
  return FAMILIES.find((candidate) => candidate.name.test(own));
}

function checkModules(name: string, modules: readonly Json[] | null): void {
  for (const { type } of modules ?? []) {
    const module = String(type).split(".").at(-1) ?? "";
    if (!MODULES.includes(module)) {
      throw new Error(
        `The model ${name} has a module "${module}" (modules.json), which isn't computed here: choose a model of ` +
          `${MODULES.join(", ")} alone.`,
      );
    }
  }
}

function pooling(name: string, config: Json | null): Pooling {
  if (config === null) return family(name)?.pooling ?? "mean";
  if (config["pooling_mode_cls_token"] === true) return "cls";
  if (config["pooling_mode_mean_tokens"] === true) return "mean";
  throw new Error(
    `The model ${name} pools its tokens neither by mean nor by the first token (1_Pooling/config.json): choose another.`,
  );
}

/** Newer versions save empty prompts for every model, so an empty one says nothing. */
function prefixes(name: string, config: Json | null): Record<TextKind, string> {
  const { query = "", document = "" } = family(name) ?? {};
  const prompts = config?.["prompts"];
  if (typeof prompts !== "object" || prompts === null) return { query, document };
  const named = new Map<string, unknown>(Object.entries(prompts));
  const prompt = (kind: TextKind) =>
    PROMPTS[kind].map((key) => named.get(key)).find((text) => typeof text === "string" && text !== "");
  const own = { query: prompt("query"), document: prompt("document") };
  if (own.query === undefined && own.document === undefined) return { query, document };
  return { query: asText(own.query), document: asText(own.document) };
}

function asText(prompt: unknown): string {
  return typeof prompt === "string" ? prompt : "";
}
