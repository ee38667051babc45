import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { ConfigurationError } from "./configuration-file.js";
import { type KafkaSecurity, parseKafkaSecurity } from "./kafka-security.js";
import { kafkaSecurityVariables } from "./kafka-variables.js";
import { findSecret, type Secret } from "./secret.js";
import { storeVariables, toStorePlaces, type StorePlaces } from "./stores/store-places.js";
import { optional, postgresUrl } from "./variables.js";

const port = z.coerce.number().int().min(0).max(65535);
const MIN_CACHE_BYTES = 16 * 1024 * 1024;
/** About 250,000 texts of 384 dimensions, or 85,000 of 1,536. */
const CACHE_BYTES = 1024 * 1024 * 1024;

const variables = z.object({
  FRESHET_CONFIG: optional(z.string()),
  FRESHET_KAFKA_BROKERS: optional(z.string()),
  FRESHET_KAFKA_SESSION_TIMEOUT_MS: optional(z.coerce.number().int().min(1000).max(1_800_000)),
  ...kafkaSecurityVariables,
  FRESHET_KAFKA_COMPRESSION: optional(z.enum(["none", "gzip", "snappy", "lz4", "zstd"])),
  FRESHET_POSTGRES_URL: optional(postgresUrl),
  FRESHET_POSTGRES_REPLICA_URL: optional(postgresUrl),
  PGSSLMODE: optional(z.string()),
  PGSSLROOTCERT: optional(z.string()),
  FRESHET_SYNC_API_KEY: optional(z.string()),
  ...storeVariables,
  FRESHET_MODEL_DIR: optional(z.string()),
  FRESHET_MODEL_CACHE: optional(z.string()),
  FRESHET_CACHE_DIR: optional(z.string()),
  FRESHET_CACHE_MAX_BYTES: optional(z.coerce.number().int().min(MIN_CACHE_BYTES)),
  FRESHET_HTTP_HOST: optional(z.string()),
  FRESHET_HTTP_PORT: optional(port),
  FRESHET_GRPC_HOST: optional(z.string()),
  FRESHET_GRPC_PORT: optional(port),
  FRESHET_GRPC_API_KEY: optional(z.string()),
  FRESHET_BATCH_DIR: optional(z.string()),
  FRESHET_LOG_LEVEL: optional(z.enum(["debug", "info", "warn", "error"])),
});

interface KafkaEnvironment {
  readonly brokers: string[];
  readonly sessionTimeoutMs: number;
  readonly clientId: string;
  readonly security?: KafkaSecurity;
  readonly compression?: "none" | "gzip" | "snappy" | "lz4" | "zstd";
}

/** Addresses and secrets, from `FRESHET_…`; Postgres also takes the usual `PG…` names. */
export interface Environment {
  readonly configurationPath: string;
  readonly kafka: KafkaEnvironment;
  readonly postgres: { readonly connectionString?: string; readonly rootCertificate?: string };
  /** A physical replica, of which a comparison reads the rows; absent: the primary's are read. */
  readonly postgresReplica?: { readonly connectionString: string; readonly rootCertificate?: string };
  /** Who has it may ask a polling producer for a round now; without it nobody may. */
  readonly syncApiKey?: string;
  readonly stores: StorePlaces;
  readonly modelDirectory?: string;
  /** Whose variable's name the configuration gives. @throws {ConfigurationError} when its value and file are both given. */
  readonly secret: (variable: string) => Secret | undefined;
  readonly modelCache: string;
  /** Of embeddings. Whoever has the same directory on the same machine shares it. */
  readonly cache: { readonly directory: string; readonly maxBytes: number };
  readonly httpHost: string;
  readonly httpPort: number;
  /** Where batch jobs call, if they may. Without a key only this machine may; the directory has the views of the topics. */
  readonly grpc?: {
    readonly host: string;
    readonly port: number;
    readonly apiKey?: string;
    readonly directory: string;
  };
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

/** @throws {ConfigurationError} naming each variable that can't be used. */
export function parseEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  service: { readonly name: string; readonly defaultPort: number },
): Environment {
  const result = variables.safeParse(environment);
  if (!result.success) {
    const complaints = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new ConfigurationError(`The environment can't be used: ${complaints.join("; ")}`);
  }
  const given = result.data;
  // What pg itself doesn't read of the usual names; it belongs to the modes that check the server.
  const certificate =
    given.PGSSLROOTCERT === undefined || ["disable", "no-verify"].includes(given.PGSSLMODE ?? "")
      ? {}
      : { rootCertificate: given.PGSSLROOTCERT };
  return {
    configurationPath: given.FRESHET_CONFIG ?? "freshet.yaml",
    kafka: {
      brokers: (given.FRESHET_KAFKA_BROKERS ?? "127.0.0.1:9092").split(",").map((broker) => broker.trim()),
      sessionTimeoutMs: given.FRESHET_KAFKA_SESSION_TIMEOUT_MS ?? 30_000,
      clientId: `freshet.${service.name}.${hostname()}.${process.pid}`,
      security: parseKafkaSecurity(given),
      compression: given.FRESHET_KAFKA_COMPRESSION ?? "none",
    },
    postgres: {
      ...(given.FRESHET_POSTGRES_URL === undefined ? {} : { connectionString: given.FRESHET_POSTGRES_URL }),
      ...certificate,
    },
    ...(given.FRESHET_POSTGRES_REPLICA_URL === undefined
      ? {}
      : { postgresReplica: { connectionString: given.FRESHET_POSTGRES_REPLICA_URL, ...certificate } }),
    ...(given.FRESHET_SYNC_API_KEY === undefined ? {} : { syncApiKey: given.FRESHET_SYNC_API_KEY }),
    stores: toStorePlaces(given),
    ...(given.FRESHET_MODEL_DIR === undefined ? {} : { modelDirectory: given.FRESHET_MODEL_DIR }),
    secret: (variable) => findSecret(withoutEmpty(environment), variable),
    modelCache: given.FRESHET_MODEL_CACHE ?? join(homedir(), ".cache", "freshet", "models"),
    cache: {
      directory: given.FRESHET_CACHE_DIR ?? join(homedir(), ".cache", "freshet", "embeddings"),
      maxBytes: given.FRESHET_CACHE_MAX_BYTES ?? CACHE_BYTES,
    },
    httpHost: given.FRESHET_HTTP_HOST ?? "127.0.0.1",
    httpPort: given.FRESHET_HTTP_PORT ?? service.defaultPort,
    ...(given.FRESHET_GRPC_PORT === undefined
      ? {}
      : {
          grpc: {
            host: given.FRESHET_GRPC_HOST ?? "127.0.0.1",
            port: given.FRESHET_GRPC_PORT,
            ...(given.FRESHET_GRPC_API_KEY === undefined ? {} : { apiKey: given.FRESHET_GRPC_API_KEY }),
            directory: given.FRESHET_BATCH_DIR ?? join("data", "batch"),
          },
        }),
    logLevel: given.FRESHET_LOG_LEVEL ?? "info",
  };
}

function withoutEmpty(environment: Readonly<Record<string, string | undefined>>) {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
}
