import type { IndexConfiguration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";
import type { ModelConfiguration } from "@freshet/process/model-configuration";
import type { CommandContext } from "../command-context.js";

export interface VerifyContext extends CommandContext {
  readonly environment: Environment;
}

/** One generation of an index in a store: its points, and what brings changes to them. */
export interface Generation {
  /** The one that the index's alias names, unless given. */
  readonly collection?: string;
  readonly transformerGroup: string;
  readonly embeddingsTopic: string;
  readonly sinkGroup: string;
  readonly model: ModelConfiguration;
}

/** An index in one of its stores. */
export interface Comparison {
  readonly name: string;
  /** By which the points were made. */
  readonly settings: IndexConfiguration;
  readonly storeName: string;
  /** Which of the index's generations. */
  readonly target: Generation;
}
