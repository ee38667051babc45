import type { Configuration } from "@freshet/process/configuration";
import type { ExitCode } from "../../command-context.js";
import type { StoreContext } from "../../stores/store-context.js";
import type { JobOutcome } from "../job-plan.js";
import type { LoggingTerminal } from "../logging-terminal.js";

export interface StoresOptions {
  /** By name; default: every zvec store. */
  readonly stores: readonly string[] | undefined;
  readonly work: (context: StoreContext, store: string) => Promise<ExitCode>;
}

/** One store after the other; one that fails doesn't keep the others from it. */
export async function runForStores(
  { stores, work }: StoresOptions,
  context: StoreContext & { readonly terminal: LoggingTerminal },
): Promise<JobOutcome> {
  const { configuration, signal, terminal } = context;
  const failures: string[] = [];
  for (const store of stores ?? zvecStores(configuration)) {
    signal.throwIfAborted();
    try {
      await work(context, store);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  const said = [...failures, ...terminal.results];
  const message = said.length === 0 ? "There is no store of kind zvec." : said.join(" ");
  return { result: failures.length > 0 ? "failed" : "ok", message };
}

function zvecStores({ stores, indexes }: Configuration): string[] {
  const used = new Set(Object.values(indexes).flatMap((index) => index.stores));
  return Object.entries(stores).flatMap(([name, { kind }]) => (kind === "zvec" && used.has(name) ? [name] : []));
}
