import { startKafka, type KafkaServer } from "@freshet/local-stack/kafka";
import { startPostgres, type PostgresServer } from "@freshet/local-stack/postgres";
import { type Admin, Kafka, logLevel } from "kafkajs";
import { Client } from "pg";

/** Of this benchmark alone. */
export interface Servers {
  readonly postgres: PostgresServer;
  readonly kafka: KafkaServer;
  /** As the owner of the tables. */
  readonly client: Client;
  readonly admin: Admin;
  stop(): Promise<void>;
}

export async function startServers(onProgress: (message: string) => void): Promise<Servers> {
  const [postgres, kafka] = await Promise.all([startPostgres({ onProgress }), startKafka({ onProgress })]);
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  const admin = openKafka(kafka.brokers).admin();
  await admin.connect();
  return {
    ...{ postgres, kafka, client, admin },
    stop: async () => {
      await admin.disconnect();
      await client.end();
      await Promise.all([postgres.stop(), kafka.stop()]);
    },
  };
}

/** kafkajs as it is, without anything of ours. */
export function openKafka(brokers: string[]): Kafka {
  return new Kafka({ brokers, clientId: "bench", logLevel: logLevel.NOTHING });
}
