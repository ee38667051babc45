import { configurationSchema, type Configuration } from "@freshet/process/configuration";

export const MODELS = {
  local: { provider: "local", name: "BAAI/bge-small-en-v1.5", price: { perMillionTokens: 0.02 } },
  openai: {
    ...{ provider: "openai", name: "large", url: "https://a.example/v1/" },
    ...{ dimensions: 256, maxTokens: 8191, tokenizer: "cl100k_base" },
  },
  tei: { provider: "tei", name: "bge", url: "http://b.example:80/", revision: "1" },
};

/** Of one index, `books`, as freshet.yaml would have it. */
export function configurationWith(
  index: Readonly<Record<string, unknown>>,
  { models = MODELS, stores = {} }: { readonly models?: object; readonly stores?: object } = {},
): Configuration {
  const { table = index["topic"] === undefined ? "public.books" : undefined } = index;
  const settings = { text: "{{ title }}", model: "local", stores: ["main"], ...index };
  return configurationSchema.parse({
    ...(table === undefined ? {} : { source: { tables: [table] } }),
    models,
    stores: { main: { kind: "zvec" }, ...stores },
    indexes: { books: table === undefined ? settings : { ...settings, table } },
  });
}
