import type { Environment } from "@freshet/process/environment";
import type { CommandContext } from "../command-context.js";

export interface StoreContext extends CommandContext {
  readonly environment: Environment;
}

/** @throws with a sentence when the configuration has no such store, or it isn't one of files. */
export function requireZvecStore({ configuration }: StoreContext, name: string): void {
  const kind = configuration.stores[name]?.kind;
  if (kind === "zvec") return;
  const reason =
    kind === undefined
      ? `freshet.yaml has no store ${name}`
      : `The store ${name} is kept by ${kind}, which has backups of its own`;
  throw new Error(`${reason}: name a store of kind zvec.`);
}
