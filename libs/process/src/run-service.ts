import { once } from "node:events";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { Configuration } from "./configuration.js";
import { readConfiguration } from "./configuration-file.js";
import { parseEnvironment, type Environment } from "./environment.js";
import { createHttpServer, listen, type Readiness } from "./http-server.js";
import { createLogger } from "./logger.js";

export interface ServiceContext {
  readonly configuration: Configuration;
  readonly environment: Environment;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Has the health and metrics routes; add others before `start` returns. */
  readonly http: FastifyInstance;
  /** Aborted on SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
}

export interface Service {
  /** Works until the signal is aborted, then drains, flushes, commits and closes. Rejects on a fatal error. */
  run(signal: AbortSignal): Promise<void>;
  readiness(): Readiness;
}

export interface ServiceDefinition {
  readonly name: string;
  readonly defaultPort: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly start: (context: ServiceContext) => Promise<Service>;
}

/** A clean stop that takes longer than this is given up: Kubernetes' default grace period is 30 s. */
const STOP_TIMEOUT_MS = 25_000;

/**
 * A service's whole life: configuration, start, health, signals, stop. The exit code is 0 after a clean stop and 1
 * after a fatal error, which is printed as its message alone; the stack goes to the debug log.
 */
export async function runService(definition: ServiceDefinition): Promise<void> {
  const { name } = definition;
  const level = definition.environment["FRESHET_LOG_LEVEL"] ?? "info";
  const pretty = process.stderr.isTTY;
  const fallbackLogger = () => createLogger({ name, level: level === "debug" ? level : "info", pretty });
  let logger: Logger | undefined;
  try {
    const environment = parseEnvironment(definition.environment, definition);
    logger = createLogger({ name, level: environment.logLevel, pretty });
    await serve(definition, environment, logger);
    process.exit(0);
  } catch (error) {
    fail(error, logger ?? fallbackLogger());
  }
}

async function serve(definition: ServiceDefinition, environment: Environment, logger: Logger): Promise<void> {
  const configuration = readConfiguration(environment.configurationPath);
  const stop = abortOnSignals(logger);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

  let readiness: Service["readiness"] = () => ({ ready: false, reason: "starting" });
  const http = createHttpServer(registry, () => readiness());
  const starting = definition.start({ configuration, environment, logger, registry, http, signal: stop });
  const service = await Promise.race([starting, once(stop, "abort").then(() => null)]);
  // What was being started ends with the process.
  if (service === null) return;
  readiness = () => service.readiness();
  const port = await listen(http, environment.httpHost, environment.httpPort);
  logger.info({ port }, "started");
  await service.run(stop);
  await http.close();
  logger.info({}, "stopped");
}

function abortOnSignals(logger: Logger): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      logger.info({ signal }, "stopping");
      controller.abort();
      setTimeout(() => {
        fail(
          new Error(`Stopping took longer than ${STOP_TIMEOUT_MS / 1000} s; what was not committed comes again.`),
          logger,
        );
      }, STOP_TIMEOUT_MS).unref();
    });
  }
  return controller.signal;
}

function fail(error: unknown, logger: Logger): never {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  logger.debug({ stack }, "fatal error");
  logger.fatal(message);
  process.exit(1);
}
