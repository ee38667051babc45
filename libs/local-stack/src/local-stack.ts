import { cacheDirectory } from "./cache.js";
import { kafkaIsCached } from "./kafka-jars.js";
import { startKafka } from "./kafka.js";
import type { Dtype } from "./model-files.js";
import { modelIsCached, prepareModel } from "./model.js";
import { postgresAddress, type PostgresAddress } from "./postgres-address.js";
import { startPostgres } from "./postgres.js";
import type { Progress } from "./progress.js";
import { checkRequirements } from "./requirements.js";

/** What of the environment the local stack reads; a server named here is used and left alone instead of starting one. */
export interface LocalStackEnvironment {
  FRESHET_POSTGRES_URL?: string | undefined;
  /** `host:port`, separated by commas. */
  FRESHET_KAFKA_BROKERS?: string | undefined;
  FRESHET_MODEL_DIR?: string | undefined;
  XDG_CACHE_HOME?: string | undefined;
}

export interface LocalStackOptions {
  environment: LocalStackEnvironment;
  dtype: Dtype;
  onProgress?: Progress | undefined;
}

export interface LocalStack {
  postgres: PostgresAddress;
  kafka: { brokers: string[] };
  /** The folder that holds the model's folder. */
  modelDirectory: string;
  /** Ends what was started here, and nothing else. */
  stop(): Promise<void>;
}

/**
 * A real Postgres, a real Kafka and a model on this machine, started side by side, or those that the environment names.
 *
 * @throws {Error} when something is missing or doesn't start; nothing is left running then.
 */
export async function startLocalStack({ environment, dtype, onProgress }: LocalStackOptions): Promise<LocalStack> {
  const cache = cacheDirectory(environment);
  const named = {
    postgres: environment.FRESHET_POSTGRES_URL,
    brokers: environment.FRESHET_KAFKA_BROKERS,
    model: environment.FRESHET_MODEL_DIR,
  };
  await checkRequirements({
    java: !named.brokers,
    maven: (!named.brokers && !kafkaIsCached(cache)) || (!named.model && !modelIsCached(cache, dtype)),
  });

  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(stops.map((stopOne) => stopOne()));
  };
  const started = async <Server extends { stop(): Promise<void> }>(starting: Promise<Server>): Promise<Server> => {
    const server = await starting;
    stops.push(() => server.stop());
    return server;
  };

  const parts = [
    named.postgres ? Promise.resolve(postgresAddress(named.postgres)) : started(startPostgres({ onProgress })),
    named.brokers ? Promise.resolve({ brokers: named.brokers.split(",") }) : started(startKafka({ onProgress, cache })),
    named.model ? Promise.resolve(named.model) : prepareModel({ dtype, onProgress, cache }),
  ] as const;
  try {
    const [postgres, kafka, modelDirectory] = await Promise.all(parts);
    return { postgres, kafka, modelDirectory, stop };
  } catch (error) {
    // What is still starting must have started before it can be stopped.
    await Promise.allSettled(parts);
    await stop();
    throw error;
  }
}
