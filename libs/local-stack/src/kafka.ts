import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory } from "./cache.js";
import { freePort } from "./free-port.js";
import type { Step } from "./guard.js";
import { GuardedServer, newTemporaryFolder } from "./guarded-server.js";
import { prepareKafkaJars } from "./kafka-jars.js";
import { brokerProperties, formatProperties, type KafkaListener } from "./kafka-properties.js";
import type { Progress } from "./progress.js";

const HOST = "127.0.0.1";
const LOGGING = fileURLToPath(new URL("../maven/kafka/log4j2.properties", import.meta.url));

export interface KafkaServer {
  /** As `host:port`. */
  brokers: string[];
  /** Likewise, by the names of `listeners`. */
  listeners: ReadonlyMap<string, string[]>;
  /** Of the JVM's latest run. */
  readonly pid: number;
  /** Stops the JVM: it still accepts connections and keeps those it has, and answers nothing from when this resolves. */
  pause(): Promise<void>;
  /** Lets a paused JVM go on. */
  resume(): void;
  /** Kills the server, also a paused one, and leaves its data: connections are refused until it is restarted. */
  crash(): Promise<void>;
  /**
   * Kills the server, if it runs, and starts it again on the same data and port, with the same cluster id. It serves again only
   * after `broker.session.timeout.ms` (9 s, if `settings` don't say otherwise): so long the controller holds the killed one for alive.
   *
   * @throws {Error} with the broker's last words, when it doesn't start.
   */
  restart(): Promise<void>;
  /** Ends the server at once and throws its data away. */
  stop(): Promise<void>;
}

export interface StartKafkaOptions {
  onProgress?: Progress | undefined;
  /** Broker properties that win over the ones here. */
  settings?: Record<string, string> | undefined;
  /** Listeners with TLS or a login beside the plain one, by names in capitals. */
  listeners?: Record<string, KafkaListener> | undefined;
  /** Passwords for SCRAM-SHA-256 and SCRAM-SHA-512, by user. */
  scramUsers?: Record<string, string> | undefined;
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
  const port = await freePort(HOST);
  const controllerPort = await freePort(HOST);
  const listeners = new Map<string, KafkaListener & { port: number }>();
  for (const [name, listener] of Object.entries(options.listeners ?? {})) {
    listeners.set(name, { ...listener, port: await freePort(HOST) });
  }
  const folder = newTemporaryFolder("kafka");
  const properties = join(folder, "server.properties");
  const java = (heap: string, ...args: string[]): Step => ({
    command: "java",
    arguments: [heap, `-Dlog4j2.configurationFile=${LOGGING}`, "-cp", join(jars, "*"), ...args],
  });
  const serve = java("-Xmx768m", "kafka.Kafka", properties);
  onProgress?.("Starting Kafka");
  const server = await GuardedServer.open(
    { name: "Kafka", folder, signal: "SIGKILL", ready: /Kafka Server started/ },
    async (opened) => {
      opened.write({
        "server.properties": formatProperties({
          ...brokerProperties({ host: HOST, port, controllerPort, listeners, data: join(folder, "data") }),
          ...options.settings,
        }),
      });
      const format = ["kafka.tools.StorageTool", "format", "-t", clusterId(), "-c", properties];
      await opened.run(java("-XX:TieredStopAtLevel=1", ...format, ...scramArguments(options.scramUsers ?? {})));
      await opened.start(serve);
    },
  );
  onProgress?.(`Kafka is up on port ${port}`);
  return {
    brokers: [`${HOST}:${port}`],
    listeners: new Map([...listeners].map(([name, listener]) => [name, [`${HOST}:${listener.port}`]])),
    get pid() {
      return server.pid;
    },
    pause: () => server.pause(),
    resume: () => server.resume(),
    crash: () => server.crash(),
    restart: () => server.start(serve),
    stop: () => server.stop(),
  };
}

function scramArguments(users: Record<string, string>): string[] {
  return Object.entries(users).flatMap(([name, password]) =>
    ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
      "--add-scram",
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );
}

/** Kafka's identifiers are 16 bytes in base64url; one that starts with a dash would be read as an option. */
function clusterId(): string {
  return randomBytes(16).toString("base64url").replace(/^-/, "A");
}
