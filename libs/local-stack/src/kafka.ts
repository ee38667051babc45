import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import getPort from "get-port";
import { cacheDirectory } from "./cache.js";
import { newTemporaryFolder, startGuardedProcess } from "./guarded-process.js";
import { prepareKafkaJars } from "./kafka-jars.js";
import { brokerProperties, formatProperties } from "./kafka-properties.js";
import type { Progress } from "./progress.js";

const HOST = "127.0.0.1";
const LOGGING = fileURLToPath(new URL("../maven/kafka/log4j2.properties", import.meta.url));

export interface KafkaServer {
  /** As `host:port`. */
  brokers: string[];
  /** Ends the server at once and throws its data away. */
  stop(): Promise<void>;
}

export interface StartKafkaOptions {
  onProgress?: Progress | undefined;
  /** Broker properties that win over the ones here. */
  settings?: Record<string, string> | undefined;
  /** Where the jars are kept; default: the user's cache folder. */
  cache?: string | undefined;
}

/**
 * Starts a new Kafka (KRaft, one node) on a free port of the loopback interface. Topics must be created, they don't appear by
 * themselves.
 *
 * @throws {Error} with the broker's last words, when it doesn't start.
 */
export async function startKafka(options: StartKafkaOptions = {}): Promise<KafkaServer> {
  const { onProgress } = options;
  const jars = await prepareKafkaJars(options.cache ?? cacheDirectory(), onProgress);
  const port = await getPort({ host: HOST });
  const controllerPort = await getPort({ host: HOST });
  const folder = newTemporaryFolder("kafka");
  const properties = join(folder, "server.properties");
  const java = (heap: string, ...args: string[]): { command: string; arguments: string[] } => ({
    command: "java",
    arguments: [heap, `-Dlog4j2.configurationFile=${LOGGING}`, "-cp", join(jars, "*"), ...args],
  });
  onProgress?.("Starting Kafka");
  const server = await startGuardedProcess({
    name: "Kafka",
    folder,
    files: {
      "server.properties": formatProperties({
        ...brokerProperties({ host: HOST, port, controllerPort, data: join(folder, "data") }),
        ...options.settings,
      }),
    },
    steps: [
      java("-XX:TieredStopAtLevel=1", "kafka.tools.StorageTool", "format", "-t", clusterId(), "-c", properties),
      java("-Xmx768m", "kafka.Kafka", properties),
    ],
    signal: "SIGKILL",
    ready: /Kafka Server started/,
  });
  onProgress?.(`Kafka is up on port ${port}`);
  return { brokers: [`${HOST}:${port}`], stop: () => server.stop() };
}

/** Kafka's identifiers are 16 bytes in base64url; one that starts with a dash would be read as an option. */
function clusterId(): string {
  return randomBytes(16).toString("base64url").replace(/^-/, "A");
}
