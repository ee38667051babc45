import { ModelUnavailableError } from "../embedding-model.js";

/** The server works, and refuses what this request contains: of several texts, some may be good. */
export class RequestRefusedError extends Error {
  override readonly name: string = "RequestRefusedError";
}

/** Too many texts for one request, or too long ones together. */
export class RequestTooLargeError extends RequestRefusedError {
  override readonly name = "RequestTooLargeError";
}

/** An answer with vectors that can't be the texts': too few, not numbers, without a direction. Nothing of it is kept. */
export class WrongVectorsError extends Error {
  override readonly name = "WrongVectorsError";
}

/** The server is well and wants fewer requests. */
export class RateLimitedError extends ModelUnavailableError {}

/** Nothing was sent, and nothing will be for a while; so sending it again at once makes no sense. */
export class NothingSentError extends ModelUnavailableError {}

/** Nothing helps but other settings: a wrong key, a model that the server doesn't have, another dimension. */
export class ModelMisconfiguredError extends Error {
  override readonly name = "ModelMisconfiguredError";
}
