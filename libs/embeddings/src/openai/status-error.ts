import { ModelUnavailableError } from "../embedding-model.js";
import {
  ModelMisconfiguredError,
  RateLimitedError,
  RequestRefusedError,
  RequestTooLargeError,
  WrongVectorsError,
} from "../remote/errors.js";
import { quote } from "../remote/quote.js";
import type { OpenAiModelSettings } from "./options.js";

/** What an answer other than 200 means: OpenAI's guide "Error codes", and what the servers that speak its API add. */
export function statusError(
  status: number,
  body: string,
  { name, url, apiKeyVariable }: Pick<OpenAiModelSettings, "name" | "url" | "apiKeyVariable">,
  apiKey: string | undefined,
): Error {
  const reason = quote(wordsOf(body), apiKey);
  const said = reason === "" ? `${status}` : `${status}: ${reason}`;
  switch (status) {
    case 400:
    case 422:
      return new RequestRefusedError(`The server at ${url} refuses what it is sent (${said}).`);
    case 413:
      return new RequestTooLargeError(`The request is too large for the server at ${url} (${said}).`);
    case 401:
    case 403:
      // Without what the server says: some repeat the key.
      return new ModelMisconfiguredError(
        `The server at ${url} ${apiKey === undefined ? "wants an" : "refuses the"} API key for the model ${name} ` +
          `(${status}): set a valid one in ${apiKeyVariable} or ${apiKeyVariable}_FILE.`,
      );
    case 404:
      return new ModelMisconfiguredError(
        `The server at ${url} has no model ${name}, or no embeddings there (${said}): check the model's name and url.`,
      );
    case 429:
      return new RateLimitedError(`The server at ${url} takes no more requests for now (${said}).`);
    // Text Embeddings Inference: its inference failed. One text may be the reason, or a broken accelerator; only trying tells.
    case 424:
      return new WrongVectorsError(`The server at ${url} failed at the texts (${said}).`);
    // Out of credit; time-out; conflict; too early: all may pass without a change here.
    case 402:
    case 408:
    case 409:
    case 425:
      return new ModelUnavailableError(`The server at ${url} can't answer now (${said}).`);
    default:
      if (status >= 500) return new ModelUnavailableError(`The server at ${url} fails (${said}).`);
      return new ModelMisconfiguredError(
        `The server at ${url} doesn't take embeddings requests (${said}): check the url.`,
      );
  }
}

/** The server's own words: OpenAI's `error.message`, Ollama's and TEI's `error`, FastAPI's `detail`. */
function wordsOf(body: string): string {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return body.trimStart().startsWith("<") ? "a page in HTML" : body;
  }
  for (let words: unknown = answer; typeof words === "object" && words !== null;) {
    const { error, message, detail } = words as Record<string, unknown>;
    words = message ?? error ?? detail;
    if (typeof words === "string") return words;
  }
  return body;
}
