import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory, moveFolderIntoPlace, withStagingFolder } from "@freshet/local-stack/cache";
import { GuardedServer, newTemporaryFolder } from "@freshet/local-stack/guarded-server";
import { formatProperties } from "@freshet/local-stack/kafka-properties";
import { downloadWithMaven } from "@freshet/local-stack/maven";
import { ROOT_DIRECTORY } from "../../support/service-process.js";
import { TABLES, type CapturedDatabase } from "./producer.js";

const HERE = join(ROOT_DIRECTORY, "test/comparison/debezium");
const POM = join(HERE, "pom.xml");

/** As the pom names it. */
export function connectorVersion(): string {
  const pom = readFileSync(POM, "utf8");
  const version = /<artifactId>debezium-connector-postgres<\/artifactId>\s*<version>([^<]+)</.exec(pom)?.[1];
  if (version === undefined) throw new Error(`${POM} names no version of debezium-connector-postgres.`);
  return version;
}

/** Debezium's modes whose values a Freshet message has too. */
const MODES = {
  "decimal.handling.mode": "string",
  "interval.handling.mode": "string",
  "time.precision.mode": "isostring",
  "binary.handling.mode": "base64",
  "hstore.handling.mode": "json",
};

/** Debezium on Kafka Connect standalone, on the tables of the schema. @returns what stops it. */
export async function startConnector(database: CapturedDatabase): Promise<() => Promise<void>> {
  const jars = await prepareJars();
  const folder = newTemporaryFolder("connect");
  const server = await GuardedServer.open(
    { name: "Kafka Connect", folder, signal: "SIGKILL", ready: /Created connector/ },
    async (opened) => {
      opened.write({
        "worker.properties": formatProperties(workerProperties(database, folder)),
        "connector.properties": formatProperties(connectorProperties(database)),
      });
      await opened.start({
        command: "java",
        arguments: [
          ...["-Xmx512m", `-Dlog4j2.configurationFile=${join(HERE, "log4j2.properties")}`, "-cp", join(jars, "*")],
          "org.apache.kafka.connect.cli.ConnectStandalone",
          ...[join(folder, "worker.properties"), join(folder, "connector.properties")],
        ],
      });
    },
  );
  return () => server.stop();
}

export function connectorTopic(schema: string, table: (typeof TABLES)[number]): string {
  return `debezium.${schema}.${table}`;
}

async function prepareJars(): Promise<string> {
  const destination = join(cacheDirectory(), `debezium-${connectorVersion()}`);
  if (existsSync(destination)) return destination;
  await withStagingFolder(destination, async (folder) => {
    const jars = join(folder, "lib");
    const options = ["-f", POM, "-DincludeScope=runtime", `-DoutputDirectory=${jars}`];
    await downloadWithMaven({ name: "Debezium", goal: "copy-dependencies", arguments: options, folder });
    await moveFolderIntoPlace(jars, destination);
  });
  return destination;
}

function workerProperties({ brokers }: CapturedDatabase, folder: string): Record<string, string> {
  const converter = "org.apache.kafka.connect.json.JsonConverter";
  return {
    "bootstrap.servers": brokers.join(","),
    "key.converter": converter,
    "value.converter": converter,
    "key.converter.schemas.enable": "false",
    "value.converter.schemas.enable": "false",
    "offset.storage.file.filename": join(folder, "offsets"),
    listeners: "http://127.0.0.1:0",
    "plugin.discovery": "only_scan",
  };
}

function connectorProperties({ url, schema }: CapturedDatabase): Record<string, string> {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    name: schema,
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "tasks.max": "1",
    "database.hostname": hostname,
    "database.port": port,
    "database.user": username,
    "database.password": password,
    "database.dbname": pathname.slice(1),
    "topic.prefix": "debezium",
    "topic.creation.default.replication.factor": "1",
    "topic.creation.default.partitions": "1",
    "plugin.name": "pgoutput",
    "slot.name": `${schema}_debezium`,
    "publication.name": `${schema}_debezium`,
    "publication.autocreate.mode": "filtered",
    "table.include.list": TABLES.map((table) => `${schema}.${table}`).join(","),
    // By default truncates are skipped.
    "skipped.operations": "none",
    ...MODES,
  };
}
