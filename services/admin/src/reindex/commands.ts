import { existsSync, readFileSync } from "node:fs";
import { InvalidArgumentError, type Command } from "commander";
import type { ExitCode } from "../command-context.js";
import type { VerifyContext } from "../verify/comparison.js";
import { reindex, type ReindexAction } from "./reindex.js";

interface ReindexArguments {
  readonly model?: string;
  readonly template?: string;
  readonly dryRun: boolean;
  readonly verify: boolean;
  readonly force: boolean;
  readonly rollback: boolean;
  readonly dropOld: boolean;
  readonly yes: boolean;
  readonly timeout: number;
}

/** A model that is fetched takes minutes. */
const TIMEOUT_SECONDS = 300;

/** @param run gives the command its context, and takes its exit code. */
export function addReindexCommand(
  program: Command,
  run: (command: (context: VerifyContext) => Promise<ExitCode>) => Promise<void>,
): void {
  program
    .command("reindex")
    .description("build an index anew beside the one that is searched, as freshet.yaml says, and switch to it")
    .argument("[index]", "as configured; every index that differs from freshet.yaml when it is left out")
    .option("--model <name>", "with this one of freshet.yaml's models")
    .option("--template <text>", "with this text, or the one in this file")
    .option("--dry-run", "only tell what it would take: rows, texts, tokens, time and money", false)
    .option("--no-verify", "switch without comparing it with its table first")
    .option("--force", "also when nothing differs", false)
    .option("--rollback", "take back the one that is under way, or else the last one", false)
    .option("--drop-old", "remove the generations that don't answer searches", false)
    .option("--yes", "don't ask", false)
    .option("--timeout <seconds>", "how long nothing may move before it gives up waiting", seconds, TIMEOUT_SECONDS)
    .action((index: string | undefined, { template, timeout, ...options }: ReindexArguments) =>
      run((context) =>
        reindex(context, {
          ...{ index, model: options.model, template: template === undefined ? undefined : textOf(template) },
          ...{ verify: options.verify, force: options.force, yes: options.yes },
          ...{ action: actionOf(options), timeoutSeconds: timeout },
        }),
      ),
    );
}

function actionOf({
  dryRun,
  rollback,
  dropOld,
  model,
  template,
  force,
}: Omit<ReindexArguments, "timeout">): ReindexAction {
  const given = [dryRun, rollback, dropOld].filter(Boolean).length;
  if (given > 1) throw new Error("Say one of --dry-run, --rollback and --drop-old.");
  const builds = model !== undefined || template !== undefined || force;
  if (builds && (rollback || dropOld)) {
    throw new Error("--rollback and --drop-old build nothing: leave --model, --template and --force out.");
  }
  if (dryRun) return "dry-run";
  if (rollback) return "rollback";
  return dropOld ? "drop-old" : "reindex";
}

function textOf(template: string): string {
  return existsSync(template) ? readFileSync(template, "utf8") : template;
}

function seconds(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("expected seconds, such as 60.");
}
