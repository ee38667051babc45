import { z } from "zod";
import { modelPrice } from "./model-price.js";
import { apiKeyVariable, serverUrl } from "./remote-model-configuration.js";

const url = serverUrl("expected the server's address: http://host:port, or https://host:port with TLS")
  .refine((text) => /^https?:\/\/[^/?#]+\/?$/.test(text), "expected nothing behind the port: gRPC has no paths")
  .transform((text) => text.replace(/\/$/, ""));

/** Text Embeddings Inference in its variant for gRPC. The model itself is asked of the server. */
export const teiModel = z.strictObject({
  provider: z.literal("tei"),
  /** The server's `--model-id`; one that says another is refused. */
  name: z.string().min(1),
  url,
  /** The environment variable with the server's `--api-key`, or, with `_FILE` behind its name, the path of a file. */
  apiKeyVariable: apiKeyVariable("FRESHET_TEI_API_KEY"),
  price: modelPrice.optional(),
  /** Has the server shorten its vectors; only for models that were trained for it. */
  dimensions: z.int().min(1).max(65_536).optional(),
  /** The server's `--revision`; a label for the weights when it was started without, as it has to be with a folder. */
  revision: z.string().min(1).optional(),
  queryPrefix: z.string().default(""),
  documentPrefix: z.string().default(""),
  /** How many texts may be with the server unanswered. More fill its batches better, fewer are sent again after a failure. */
  window: z.int().min(1).max(4096).default(128),
  /** The longest wait for the next answer. */
  timeoutSeconds: z.number().positive().max(3600).default(60),
});
