import type { GenerationsFeedOptions } from "@freshet/generations/generations-feed";
import { diagnose } from "@freshet/postgres/diagnosis";
import { diagnosePolled } from "@freshet/postgres/polled-diagnosis";
import type { Configuration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";
import { EXIT, type CommandContext, type ExitCode } from "../command-context.js";
import { SourceFeed } from "../follow/source-feed.js";
import { checkBroker } from "./check-broker.js";
import { checkModelFolder } from "./check-models.js";
import { checkStores, type AnsweringGeneration } from "./check-stores.js";
import type { Finding } from "@freshet/postgres/finding";
import { hasFailure } from "./has-failure.js";
import { producerFinding } from "./producer-finding.js";
import { renderFindings } from "./render-findings.js";

export interface DoctorOptions extends Omit<CommandContext, "configuration"> {
  readonly environment: Environment;
  readonly readConfiguration: (path: string) => Configuration;
  readonly json: boolean;
}

/** Looks at everything that the services need, and says of each what is wrong and what cures it. */
export async function doctor(options: DoctorOptions): Promise<ExitCode> {
  const { terminal, json } = options;
  const findings = await examine(options);
  terminal.result(json ? JSON.stringify({ findings }, null, 2) : renderFindings(findings, terminal.colors.result));
  return hasFailure(findings) ? EXIT.failed : EXIT.done;
}

async function examine({ environment, connection, readConfiguration, signal }: DoctorOptions): Promise<Finding[]> {
  const path = environment.configurationPath;
  let configuration: Configuration;
  try {
    configuration = readConfiguration(path);
  } catch (error) {
    return [{ check: "configuration", ok: false, says: (error as Error).message }];
  }
  const counts = `tables ${configuration.source.tables.length}, indexes ${Object.keys(configuration.indexes).length}`;
  const stores = await checkStores(configuration, environment);
  const [broker, postgres, models] = await Promise.all([
    checkBrokerAndProducer({ connection, configuration, signal }, stores.answering),
    checkPostgres(configuration, environment),
    checkModelFolder(environment),
  ]);
  const valid: Finding = { check: "configuration", ok: true, says: `${path} is valid (${counts}).` };
  return [valid, ...broker, ...postgres, ...stores.findings, models];
}

async function checkBrokerAndProducer(
  options: GenerationsFeedOptions,
  answering: readonly AnsweringGeneration[],
): Promise<Finding[]> {
  const findings = await checkBroker(options, answering);
  if (hasFailure(findings.slice(0, 1))) return findings;
  const { connection, configuration, signal } = options;
  const { slot } = configuration.source;
  const feed = await SourceFeed.open(connection, slot, signal);
  try {
    return [...findings, producerFinding(slot, feed.view().state, Date.now())];
  } finally {
    await feed.close();
  }
}

async function checkPostgres({ source }: Configuration, { postgres }: Environment): Promise<Finding[]> {
  const address = { ...postgres, applicationName: "freshet-doctor" };
  const findings = await (source.mode === "poll" ? diagnosePolled(address, source.tables) : diagnose(address, source));
  return findings.map((finding) => ({ ...finding, check: `postgres: ${finding.check}` }));
}
