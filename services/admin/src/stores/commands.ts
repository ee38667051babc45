import { InvalidArgumentError, type Command } from "commander";
import type { ExitCode } from "../command-context.js";
import { backUpStore } from "./backup.js";
import { optimiseStore } from "./optimise.js";
import { restoreStore } from "./restore.js";
import type { StoreContext } from "./store-context.js";

/** @param run gives a command its context, and takes its exit code. */
export function addStoreCommands(
  program: Command,
  run: (command: (context: StoreContext) => Promise<ExitCode>) => Promise<void>,
): void {
  const store = program.command("store").description("the files of a zvec store; other stores have tools of their own");
  store
    .command("backup")
    .description("have the running vector-sink copy a store to FRESHET_ZVEC_BACKUP_DIR, while searches go on")
    .argument("<store>", "its name in freshet.yaml")
    .option("--keep <number>", "remove older backups of the store, but the newest so many", parseKeep)
    .option("--json", "print JSON for programs", false)
    .action((name: string, options: { readonly keep?: number; readonly json: boolean }) =>
      run((context) => backUpStore(context, { name, ...options })),
    );
  store
    .command("optimise")
    .description(
      "have the running vector-sink build the search index of what isn't in it yet; searches go on, writes wait",
    )
    .argument("<store>", "its name in freshet.yaml")
    .option("--json", "print JSON for programs", false)
    .action((name: string, options: { readonly json: boolean }) =>
      run((context) => optimiseStore(context, { name, ...options })),
    );
  store
    .command("restore")
    .description("put a backup in the place of a store in FRESHET_ZVEC_DIR; its vector-sink has to be stopped")
    .argument("<store>", "its name in freshet.yaml")
    .argument("<backup>", "the backup's folder")
    .action((name: string, backup: string) => run((context) => restoreStore(context, { name, backup })));
}

function parseKeep(text: string): number {
  const keep = Number(text);
  if (Number.isInteger(keep) && keep >= 1) return keep;
  throw new InvalidArgumentError("expected a number of backups, at least 1.");
}
