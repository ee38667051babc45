import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changesTopic } from "@freshet/schemas/topics";
import getPort from "get-port";
import { ServiceProcess } from "../../support/service-process.js";

export interface CapturedDatabase {
  readonly url: string;
  readonly brokers: readonly string[];
  /** Holds the tables; slot and publication get its name too. */
  readonly schema: string;
}

export const TABLES = ["samples", "books"] as const;

/** Our producer as its own process on the tables; a topic has one partition. @returns what stops it. */
export async function startProducer({ url, brokers, schema }: CapturedDatabase): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "freshet-comparison-"));
  const configuration = join(folder, "freshet.yaml");
  const source = { publication: schema, slot: schema, tables: TABLES.map((table) => `${schema}.${table}`) };
  const rest = { topics: { partitions: 1 }, models: {}, stores: {}, indexes: {} };
  // JSON is YAML.
  await writeFile(configuration, JSON.stringify({ source, ...rest }));
  const service = new ServiceProcess({
    name: "cdc-producer",
    port: await getPort(),
    environment: {
      FRESHET_CONFIG: configuration,
      FRESHET_POSTGRES_URL: url,
      FRESHET_KAFKA_BROKERS: brokers.join(","),
    },
  });
  const stop = async () => {
    await service.end("SIGTERM");
    await rm(folder, { recursive: true, force: true });
  };
  service.start();
  try {
    await service.ready();
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

export function producerTopic(schema: string, table: (typeof TABLES)[number]): string {
  return changesTopic(schema, table);
}
