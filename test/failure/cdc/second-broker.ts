import { cacheDirectory } from "@freshet/local-stack/cache";
import { freePort } from "@freshet/local-stack/free-port";
import { GuardedServer, newTemporaryFolder } from "@freshet/local-stack/guarded-server";
import { startKafka } from "@freshet/local-stack/kafka";
import { prepareKafkaJars } from "@freshet/local-stack/kafka-jars";
import { brokerProperties, formatProperties } from "@freshet/local-stack/kafka-properties";
import { Kafka, logLevel } from "kafkajs";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const HOST = "127.0.0.1";
/** The one line that says that the broker is up. */
const LOGGING = `appender.console.type = Console
appender.console.name = console
rootLogger.level = error
rootLogger.appenderRef.console.ref = console
logger.started.name = kafka.server.KafkaRaftServer
logger.started.level = info
`;

export interface TwoBrokers {
  /** Of the first, which is the controller too. */
  readonly brokers: readonly string[];
  /** Has it join. */
  startSecond(): Promise<SecondBroker>;
}

interface SecondBroker {
  readonly id: number;
  /** It answers nothing from when this resolves, and keeps its connections. */
  pause(): Promise<void>;
  resume(): void;
}

/** A cluster that can have a second broker, until the test ends. */
export async function startTwoBrokers(): Promise<TwoBrokers> {
  const [port, controllerPort] = [await freePort(HOST), await freePort(HOST)];
  const { listeners, ...settings } = brokerProperties({ host: HOST, port, controllerPort, data: "" });
  const voters = settings["controller.quorum.voters"] ?? "";
  const kafka = await startKafka({
    settings: {
      "controller.quorum.voters": voters,
      ...(listeners === undefined ? {} : { listeners }),
      "advertised.listeners": `PLAINTEXT://${HOST}:${port}`,
    },
  });
  onTestFinished(() => kafka.stop());
  const brokers = [`${HOST}:${port}`];
  return { brokers, startSecond: () => startSecond(brokers, controllerPort) };
}

async function startSecond(brokers: readonly string[], controllerPort: number): Promise<SecondBroker> {
  const id = 2;
  const folder = newTemporaryFolder("kafka");
  const port = await freePort(HOST);
  const properties = join(folder, "server.properties");
  const text = formatProperties({
    ...brokerProperties({ host: HOST, port, controllerPort, data: join(folder, "data") }),
    ...{ "process.roles": "broker", "node.id": String(id), listeners: `PLAINTEXT://${HOST}:${port}` },
  });
  const libraries = join(await prepareKafkaJars(cacheDirectory(), undefined), "*");
  const cluster = await clusterOf(brokers);
  const java = (...args: string[]) => ({
    command: "java",
    arguments: [
      "-Xmx384m",
      `-Dlog4j2.configurationFile=${join(folder, "log4j2.properties")}`,
      "-cp",
      libraries,
      ...args,
    ],
  });
  const server = await GuardedServer.open(
    { name: "The second Kafka", folder, signal: "SIGKILL", ready: /Kafka Server started/ },
    async (opened) => {
      opened.write({ "server.properties": text, "log4j2.properties": LOGGING });
      await opened.run(java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", properties));
      await opened.start(java("kafka.Kafka", properties));
    },
  );
  onTestFinished(() => server.stop());
  return {
    id,
    pause: () => server.pause(),
    resume: () => server.resume(),
  };
}

async function clusterOf(brokers: readonly string[]): Promise<string> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { clusterId } = await admin.describeCluster();
  await admin.disconnect();
  return clusterId;
}
