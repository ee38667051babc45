import { status, type ServiceError } from "@grpc/grpc-js";
import { ModelUnavailableError } from "../embedding-model.js";
import { ModelMisconfiguredError, RateLimitedError, RequestRefusedError, WrongVectorsError } from "../remote/errors.js";
import { quote } from "../remote/quote.js";
import type { TeiModelOptions } from "./options.js";
import { toError } from "../to-error.js";

/**
 * What a status of Text Embeddings Inference means (`router/src/grpc/server.rs`): INVALID_ARGUMENT is a text that fails
 * its validation, FAILED_PRECONDITION a failure of the tokenizer or of the inference, RESOURCE_EXHAUSTED an overload,
 * UNAVAILABLE a server that isn't healthy, UNAUTHENTICATED a wrong key. OUT_OF_RANGE is a message that is too long for
 * its gRPC library. Anything else comes from what lies between.
 */
export function judgeCallError(thrown: unknown, { url, apiKeyVariable, apiKey }: TeiModelOptions): Error {
  if (!isServiceError(thrown)) return toError(thrown);
  const name = status[thrown.code];
  const is = (...codes: status[]) => codes.includes(thrown.code);
  if (is(status.UNAUTHENTICATED, status.PERMISSION_DENIED)) {
    // Without what the server says: some repeat the key.
    return new ModelMisconfiguredError(
      `The server at ${url} refuses the API key (${name}): set a valid one in ${apiKeyVariable} or ${apiKeyVariable}_FILE.`,
    );
  }
  const said = `(${name}: ${quote(thrown.details, apiKey?.())})`;
  if (is(status.INVALID_ARGUMENT, status.OUT_OF_RANGE)) {
    return new RequestRefusedError(`The server at ${url} refuses the text ${said}.`);
  }
  // One text may be the reason, or a broken accelerator: as with a wrong vector, only trying tells.
  if (is(status.FAILED_PRECONDITION)) {
    return new WrongVectorsError(`The server at ${url} failed at the text ${said}.`);
  }
  if (is(status.RESOURCE_EXHAUSTED)) {
    return new RateLimitedError(`The server at ${url} takes no more texts for now ${said}.`);
  }
  if (is(status.UNIMPLEMENTED)) {
    return new ModelMisconfiguredError(
      `The server at ${url} isn't Text Embeddings Inference in its variant for gRPC ${said}: check the url.`,
    );
  }
  return new ModelUnavailableError(`The server at ${url} can't answer now ${said}.`);
}

/** How long a server wants to be left alone, in milliseconds; 0 when it doesn't say (gRPC proposal A6, "pushback"). */
export function pushbackMs(thrown: unknown): number {
  if (!isServiceError(thrown)) return 0;
  const [value] = thrown.metadata.get("grpc-retry-pushback-ms");
  const milliseconds = Number(value ?? 0);
  return milliseconds > 0 ? milliseconds : 0;
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "number" && "metadata" in thrown;
}
