import { z } from "zod";
import { modelPrice } from "./model-price.js";
import { apiKeyVariable, serverUrl } from "./remote-model-configuration.js";

const seconds = (value: number) => z.number().positive().max(3600).default(value);

const url = serverUrl("expected the http:// or https:// address of the API, as a rule with /v1 at its end")
  .refine((text) => new URL(text).search === "", "expected no query: Azure's version goes into apiVersion")
  .transform((text) => text.replace(/\/+(embeddings\/?)?$/, ""));

/** Of a server that can't be asked, where the configuration doesn't say it either. */
export const UNKNOWN_REVISION = "unknown";

/** Any server with OpenAI's `/v1/embeddings`. Nothing about a model can be asked of it, so it is said here. */
export const openAiModel = z.strictObject({
  provider: z.literal("openai"),
  /** What the server calls the model. */
  name: z.string().min(1),
  /** Of the API, without `/embeddings`. */
  url: url.default("https://api.openai.com/v1"),
  /** Azure's `api-version`, for addresses with `/openai/deployments/`. */
  apiVersion: z.string().min(1).optional(),
  /** Azure wants its key as `api-key`. */
  authentication: z.enum(["bearer", "api-key"]).default("bearer"),
  /** The environment variable with the key, or, with `_FILE` behind its name, the path of a file with it. */
  apiKeyVariable: apiKeyVariable("FRESHET_OPENAI_API_KEY"),
  price: modelPrice.optional(),
  dimensions: z.int().min(1).max(65_536),
  /** Asks the server for `dimensions`: for models that can shorten their vectors, and fewer than their own. */
  sendDimensions: z.boolean().default(false),
  /** A label for the weights that the server runs; another one means another model, and new vectors for every text. */
  revision: z.string().min(1).default(UNKNOWN_REVISION),
  /** The longest text in tokens; longer ones are cut before they are sent. */
  maxTokens: z.int().min(1),
  /** cl100k_base or o200k_base (OpenAI's), an absolute folder with a Hugging Face tokenizer, or a model on the hub. */
  tokenizer: z.string().min(1),
  queryPrefix: z.string().default(""),
  documentPrefix: z.string().default(""),
  /** What one request holds at most. OpenAI itself takes 2,048 texts and 300,000 tokens. */
  batch: z
    .strictObject({
      items: z.int().min(1).max(10_000).default(128),
      tokens: z.int().min(1).default(65_536),
    })
    .prefault({}),
  requestsInFlight: z.int().min(1).max(256).default(4),
  timeouts: z
    .strictObject({
      connectSeconds: seconds(10),
      /** Without a sign of life. */
      readSeconds: seconds(60),
      totalSeconds: seconds(120),
    })
    .prefault({}),
});
