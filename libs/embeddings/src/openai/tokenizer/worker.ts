import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import { toError } from "../../remote/errors.js";
import { countTokens, cutToTokens } from "./text-tokens.js";
import { findTokenizer, type Tokenizer } from "./tokenizer.js";
import type { TokenizerRequest, TokenizerResponse, TokenizerWorkerOptions } from "./worker-protocol.js";

const port = parent();

function parent(): MessagePort {
  if (parentPort === null) throw new Error("this file is the entry of a worker thread");
  return parentPort;
}

function answer(response: TokenizerResponse): void {
  port.postMessage(response);
}

function handle({ type, id, texts }: TokenizerRequest, { count, special }: Tokenizer, maxTokens: number): void {
  try {
    switch (type) {
      case "count":
        answer({ type: "counted", id, tokens: texts.map((text) => countTokens(text, count)) });
        break;
      case "cut": {
        const cuts = texts.map((text) => cutToTokens(text, maxTokens - special, count));
        answer({ type: "cut", id, cuts: cuts.map((cut) => ({ ...cut, tokens: cut.tokens + special })) });
        break;
      }
      default:
        return type satisfies never;
    }
  } catch (error) {
    answer({ type: "failed", id, message: toError(error).message });
  }
}

const { maxTokens, ...location } = workerData as TokenizerWorkerOptions;
try {
  const tokenizer = await findTokenizer(location);
  port.on("message", (request: TokenizerRequest) => handle(request, tokenizer, maxTokens));
  answer({ type: "ready" });
} catch (error) {
  answer({ type: "unusable", message: toError(error).message });
}
