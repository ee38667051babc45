import { workerData } from "node:worker_threads";
import { runWorker } from "../../thread/run-worker.js";
import { atOnce } from "../../thread/worker-service.js";
import { countTokens, cutToTokens } from "./text-tokens.js";
import { findTokenizer } from "./tokenizer.js";
import type { TokenizerAnswer, TokenizerRequest, TokenizerWorkerOptions } from "./worker-protocol.js";

const { maxTokens, ...location } = workerData as TokenizerWorkerOptions;

await runWorker<null, TokenizerRequest, TokenizerAnswer>(async () => {
  const { count, special } = await findTokenizer(location);
  const cut = (text: string) => {
    const { tokens, ...rest } = cutToTokens(text, maxTokens - special, count);
    return { ...rest, tokens: tokens + special };
  };
  return {
    ready: null,
    answer: ({ type, texts }) =>
      atOnce(() =>
        type === "count"
          ? { type: "counted", tokens: texts.map((text) => countTokens(text, count)) }
          : { type: "cut", cuts: texts.map(cut) },
      ),
  };
});
