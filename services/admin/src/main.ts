import { readConfiguration } from "@freshet/process/configuration-file";
import { parseEnvironment } from "@freshet/process/environment";
import { createLogger } from "@freshet/process/logger";
import { Command } from "commander";
import { collectStatus } from "./status/collect-status.js";
import { renderStatus } from "./status/render-status.js";

async function status({ json }: { readonly json?: true }): Promise<void> {
  const environment = parseEnvironment(process.env, { name: "admin", defaultPort: 0 });
  const configuration = readConfiguration(environment.configurationPath);
  const logger = createLogger({
    name: "freshet",
    level: environment.logLevel === "debug" ? "debug" : "error",
    pretty: true,
  });
  const connection = { brokers: environment.kafka.brokers, clientId: environment.kafka.clientId, logger };
  const report = await collectStatus(connection, configuration, AbortSignal.timeout(60_000));
  const colors = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  console.log(json ? JSON.stringify(report, null, 2) : renderStatus(report, { now: Date.now(), colors }));
}

const program = new Command("freshet").description(
  "Looks after a Freshet pipeline. It needs the broker and nothing else.",
);
program
  .command("status")
  .description("what the source, the transformer and the sinks of each index are doing")
  .option("--json", "print JSON for programs")
  .action(status);

try {
  await program.parseAsync();
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
