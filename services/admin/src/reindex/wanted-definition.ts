import { definitionOf, type IndexDefinition } from "@freshet/generations/definition";
import type { Configuration } from "@freshet/process/configuration";
import { FatalError } from "@freshet/streaming/errors";
import { documentRules } from "@freshet/documents/document-rules";

/** What is to differ from freshet.yaml. */
export interface DefinitionOptions {
  /** One of `models`. */
  readonly model: string | undefined;
  /** The text's template itself. */
  readonly template: string | undefined;
}

/** What the index is to be. @throws {FatalError} when there is no such model, or a template can't be parsed. */
export function wantedDefinition(
  configuration: Configuration,
  index: string,
  { model: modelName, template }: DefinitionOptions,
): IndexDefinition {
  const configured = definitionOf(configuration, index);
  const name = modelName ?? configured.index.model;
  const model = configuration.models[name];
  if (model === undefined) {
    const known = Object.keys(configuration.models).join(", ");
    throw new FatalError(`There is no model ${name}: name one of models in freshet.yaml, which are: ${known}.`);
  }
  const settings = { ...configured.index, model: name, text: template ?? configured.index.text };
  documentRules(index, settings);
  return { ...configured, index: settings, model };
}
