import type { Command } from "commander";
import type { CommandContext, ExitCode } from "../command-context.js";
import { dropLetters } from "./drop.js";
import { listLetters } from "./list.js";
import { replayLetters } from "./replay.js";
import { parseDeliberateSelection, parseSelection, type SelectionArguments } from "./selection.js";
import { parseLimit, showLetters } from "./show.js";

const LETTERS_OF = "the dead letters' topic, or the one that they come from";

/** @param run gives a command its context, and takes its exit code. */
export function addDeadLetterCommands(
  program: Command,
  run: (command: (context: CommandContext) => Promise<ExitCode>) => Promise<void>,
): void {
  const deadLetters = program.command("dlq").description("dead letters: the messages that couldn't be processed");
  deadLetters
    .command("list")
    .description("how many there are, by where they come from and what went wrong")
    .argument("[topic]", `${LETTERS_OF}; every one when it is left out`)
    .option("--json", "print JSON for programs", false)
    .action((topic: string | undefined, { json }: { readonly json: boolean }) =>
      run((context) => listLetters(context, { topic: topic ?? null, json })),
    );
  selecting(deadLetters.command("show"))
    .description("key, headers, reason and body of each, the oldest first")
    .option("--limit <number>", "how many at most", "10")
    .option("--json", "print a line of JSON for each", false)
    .action((topic: string, options: SelectionArguments & { readonly limit: string; readonly json: boolean }) => {
      const { limit, json, ...given } = options;
      const wanted = { selection: parseSelection(given), limit: parseLimit(limit), json };
      return run((context) => showLetters(context, topic, wanted));
    });
  selecting(deadLetters.command("replay"))
    .description("send the originals to where they came from; where they tell of a row, have it captured again instead")
    .option("--all", "every letter of the topic")
    .action((topic: string, given: SelectionArguments) => {
      const selection = parseDeliberateSelection(given);
      return run((context) => replayLetters(context, topic, selection));
    });
  selecting(deadLetters.command("drop"))
    .description("give them up for good")
    .option("--all", "every letter of the topic")
    .option("--yes", "don't ask", false)
    .action((topic: string, { yes, ...given }: SelectionArguments & { readonly yes: boolean }) => {
      const selection = parseDeliberateSelection(given);
      return run((context) => dropLetters(context, topic, { selection, yes }));
    });
}

function selecting(command: Command): Command {
  return command
    .argument("<topic>", LETTERS_OF)
    .option("--key <key>", "those with this key, as show prints it")
    .option("--partition <number>", "with --offset: of the message that was at this place in its topic of origin")
    .option("--offset <number>", "with --partition")
    .option("--error-class <name>", "those that failed with this error");
}
