import { readConfiguration } from "@freshet/process/configuration-file";
import { parseEnvironment } from "@freshet/process/environment";
import { createLogger } from "@freshet/process/logger";
import { runService } from "@freshet/process/run-service";
import { Command, InvalidArgumentError } from "commander";
import { acceptSource, type AcceptOptions } from "./accept/accept-source.js";
import { EXIT, type CommandContext, type ExitCode } from "./command-context.js";
import { addDeadLetterCommands } from "./dead-letters/commands.js";
import { doctor } from "./doctor/doctor.js";
import { processTerminal } from "./process-terminal.js";
import { startScheduler } from "./scheduler/start-scheduler.js";
import { addReindexCommand } from "./reindex/commands.js";
import { readKeysFile } from "./snapshot/read-keys-file.js";
import { parseKeys } from "./snapshot/row-keys.js";
import { snapshot } from "./snapshot/snapshot.js";
import { status } from "./status/status.js";
import { addStoreCommands } from "./stores/commands.js";
import { verify } from "./verify/verify.js";
import { VERDICT, type VerifyExitCode } from "./verify/verify-report.js";

const noColor = (process.env["NO_COLOR"] ?? "") !== "";
const terminal = processTerminal({ stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, noColor });
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // Who reads the output has enough of it, as head does.
    if (error.code === "EPIPE") process.exit(exits.unread);
    throw error;
  });
}
const interrupted = new AbortController();
// Not `once`: who restores the cursor ends the process unless somebody else still listens.
process.on("SIGINT", () => {
  if (interrupted.signal.aborted) process.exit(EXIT.interrupted);
  interrupted.abort();
});
let exitCode: ExitCode | VerifyExitCode = EXIT.done;
/** Of a command that fails before it has a result, and of one whose result nobody reads. */
let exits: Readonly<Record<"failed" | "unread", ExitCode | VerifyExitCode>> = {
  failed: EXIT.failed,
  unread: EXIT.done,
};

function openEnvironment() {
  const environment = parseEnvironment(process.env, { name: "admin", defaultPort: 0 });
  const level = environment.logLevel === "debug" ? "debug" : "silent";
  const logger = createLogger({ name: "freshet", level, pretty: true });
  return { environment, connection: { ...environment.kafka, logger } };
}

function openContext(): CommandContext {
  const { environment, connection } = openEnvironment();
  const configuration = readConfiguration(environment.configurationPath);
  return { configuration, connection, terminal, signal: interrupted.signal };
}

const program = new Command("freshet").description(
  "Looks after a Freshet pipeline. It needs the broker and nothing else; doctor asks the other servers too.",
);

program
  .command("status")
  .description("what the source, the transformer and the sinks of each index are doing")
  .option("--json", "print JSON for programs", false)
  .option("--watch", "draw it anew every 2 s, until Ctrl-C", false)
  .action(async (options: { readonly json: boolean; readonly watch: boolean }) => {
    exitCode = await status(openContext(), options);
  });

interface SnapshotArguments {
  readonly where?: string;
  readonly keys?: string[];
  readonly keysFile?: string;
  readonly wait: boolean;
  readonly json: boolean;
}

interface VerifyArguments {
  readonly report?: string;
  readonly json: boolean;
  readonly repair: boolean;
  readonly deep?: number | true;
  readonly timeout: number;
  readonly rate?: number;
}

/** Of the rows, whose vectors a deep look computes again. */
const DEEP_FRACTION = 0.01;

function parseFraction(text: string): number {
  const fraction = Number(text);
  if (text !== "" && fraction >= 0 && fraction <= 1) return fraction;
  throw new InvalidArgumentError("expected a number from 0 to 1, such as 0.05.");
}

function parseRate(text: string): number {
  const rate = Number(text);
  if (Number.isFinite(rate) && rate > 0) return rate;
  throw new InvalidArgumentError("expected rows a second, such as 5000.");
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError("expected seconds, such as 60.");
}

program
  .command("snapshot")
  .description("have the cdc-producer capture rows again, beside the changes that come, and follow it")
  .argument("[table]", "as schema.table; every table of source.tables when it is left out")
  .option("--where <sql>", "only rows that match this condition over the table's columns")
  .option("--keys <json...>", `only rows with these keys, each a JSON object such as '{"id": 42}'`)
  .option("--keys-file <path>", "only rows with the keys in this file: one a line, or a JSON array")
  .option("--no-wait", "don't follow it")
  .option("--json", "print the outcome as JSON", false)
  .action(async (table: string | undefined, options: SnapshotArguments) => {
    const { where = null, keys, keysFile, wait, json } = options;
    const listed = keys === undefined ? null : parseKeys(keys);
    const read = keysFile === undefined ? null : readKeysFile(keysFile);
    const wanted = listed === null && read === null ? null : [...(listed ?? []), ...(read ?? [])];
    exitCode = await snapshot(openContext(), { table: table ?? null, where, keys: wanted }, { wait, json });
  });

program
  .command("source")
  .description("the database that is read")
  .command("accept")
  .description("go on with a database that isn't the one that was read before: restored, failed over, or its slot lost")
  .option("--yes", "don't ask; refused when nothing differs", false)
  .option("--force", "with --yes: read everything anew though nothing differs", false)
  .option("--wait", "follow it until every table has been read again", false)
  .action(async (options: AcceptOptions) => {
    exitCode = await acceptSource(openContext(), options);
  });

program
  .command("verify")
  .description(
    "compare each index with its table or topic, row by row where it must be; exit code 0 equal, 1 different, 2 can't tell",
  )
  .exitOverride(({ exitCode: code }) => process.exit(code === 0 ? EXIT.done : VERDICT.unknown))
  .argument("[index]", "as configured; every index when it is left out")
  .option(
    "--deep [fraction]",
    "also recompute texts and payloads, and the vectors of this part of the rows (0.01)",
    parseFraction,
  )
  .option("--repair", "have the rows that differ captured again, and look whether that healed them", false)
  .option("--rate <rows>", "read no more rows a second of the table; as fast as they come without it", parseRate)
  .option("--report <path>", "write the report into this file, as JSON")
  .option("--json", "print the report as JSON", false)
  .option("--timeout <seconds>", "how long the pipeline may take to bring what is committed", parseSeconds, 60)
  .action(async (index: string | undefined, { timeout, deep: fraction, ...options }: VerifyArguments) => {
    exits = { failed: VERDICT.unknown, unread: VERDICT.unknown };
    const { environment } = openEnvironment();
    const deep = fraction === true ? DEEP_FRACTION : (fraction ?? null);
    exitCode = await verify({ ...openContext(), environment }, { ...options, index, deep, timeoutSeconds: timeout });
  });

program
  .command("doctor")
  .description("check configuration, broker, database, stores and model, and print what cures each trouble")
  .option("--json", "print JSON for programs", false)
  .action(async ({ json }: { readonly json: boolean }) => {
    const { environment, connection } = openEnvironment();
    exitCode = await doctor({ environment, connection, terminal, signal: interrupted.signal, readConfiguration, json });
  });

program
  .command("scheduler")
  .description("run the jobs of freshet.yaml's schedule when they are due, until SIGTERM; of several, one does")
  .action(() => runService({ name: "scheduler", defaultPort: 8086, environment: process.env, start: startScheduler }));

addReindexCommand(program, async (command) => {
  const { environment } = openEnvironment();
  exitCode = await command({ ...openContext(), environment });
});
addDeadLetterCommands(program, async (command) => {
  exitCode = await command(openContext());
});
addStoreCommands(program, async (command) => {
  const { environment } = openEnvironment();
  exitCode = await command({ ...openContext(), environment });
});

try {
  await program.parseAsync();
  process.exit(exitCode);
} catch (error) {
  if (interrupted.signal.aborted) process.exit(EXIT.interrupted);
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(exits.failed);
}
