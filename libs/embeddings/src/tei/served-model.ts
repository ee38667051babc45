import type { InfoResponse } from "../generated/tei/v1/InfoResponse.js";
import { ModelMisconfiguredError } from "../remote/errors.js";
import type { TeiModelSettings } from "./options.js";

/** What a server says of its model. */
export interface ServedModel {
  readonly name: string;
  readonly revision: string;
  readonly dtype: string;
  readonly maxTokens: number;
}

/**
 * The server says a revision only when it was started with one, and then in its words, be it "main".
 *
 * @throws {ModelMisconfiguredError} when it is another model than the configured one, or none for embeddings.
 */
export function servedModel(info: InfoResponse, { name, revision, url }: TeiModelSettings): ServedModel {
  const given = info.modelSha ?? "";
  const at = `The server at ${url} has the model ${info.modelId}`;
  if (info.modelType !== "MODEL_TYPE_EMBEDDING") {
    throw new ModelMisconfiguredError(`${at}, a classifier or reranker: start it with a model for embeddings.`);
  }
  if (info.modelId !== name) {
    throw new ModelMisconfiguredError(`${at}, and ${name} is configured: correct the model's name or url.`);
  }
  if (revision !== undefined && given !== "" && given !== revision) {
    throw new ModelMisconfiguredError(
      `${at} in revision ${given}, and ${revision} is configured: correct the model's revision or url.`,
    );
  }
  return { name, revision: given || (revision ?? "unknown"), dtype: info.modelDtype, maxTokens: info.maxInputLength };
}

/** @throws {ModelMisconfiguredError} when the vectors of the two can't be compared. */
export function assertSameModel(before: ServedModel, now: ServedModel): void {
  if (before.revision === now.revision && before.dtype === now.dtype && before.maxTokens === now.maxTokens) return;
  throw new ModelMisconfiguredError(
    `The server had the model ${describe(before)} when this process began, and has ${describe(now)} now: ` +
      "start the process again to go on with that one.",
  );
}

function describe({ name, revision, dtype, maxTokens }: ServedModel): string {
  return `${name} (revision ${revision}, ${dtype}, ${maxTokens} tokens)`;
}
