import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import getPort from "get-port";
import { ServiceProcess, type ServiceName } from "./service-process.js";

export interface PipelineOptions {
  readonly postgresUrl: string;
  readonly brokers: readonly string[];
  readonly modelDirectory: string;
  readonly dtype: "fp32" | "q8";
  /** Names the slot, the publication and the index: random in tests, so that they can run side by side. */
  readonly name: string;
  readonly table: { readonly schema: string; readonly name: string };
  readonly text: string;
  readonly payload: readonly string[];
  /** More of the index's settings. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** A running Qdrant to fill; a zvec folder of its own when absent. */
  readonly qdrantUrl?: string;
  readonly partitions?: number;
  readonly sessionTimeoutMs?: number;
  readonly logLevel?: "debug" | "info" | "warn" | "error";
}

/** Freshet's services as separate processes on given servers, with a store of their own. */
export class Pipeline {
  readonly name: string;
  readonly #folder: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #services: ServiceProcess[] = [];
  readonly #sinkPort: number;

  private constructor(name: string, folder: string, sinkPort: number, environment: Readonly<Record<string, string>>) {
    this.name = name;
    this.#folder = folder;
    this.#sinkPort = sinkPort;
    this.#environment = environment;
  }

  /** Writes the configuration; starts nothing. */
  static async prepare(options: PipelineOptions): Promise<Pipeline> {
    const folder = await mkdtemp(join(tmpdir(), "freshet-pipeline-"));
    const sinkPort = await getPort();
    await writeFile(join(folder, "freshet.yaml"), configurationText(options));
    return new Pipeline(options.name, folder, sinkPort, {
      FRESHET_CONFIG: join(folder, "freshet.yaml"),
      FRESHET_POSTGRES_URL: options.postgresUrl,
      FRESHET_KAFKA_BROKERS: options.brokers.join(","),
      FRESHET_KAFKA_SESSION_TIMEOUT_MS: String(options.sessionTimeoutMs ?? 10_000),
      FRESHET_MODEL_DIR: options.modelDirectory,
      FRESHET_CACHE_DIR: join(folder, "cache"),
      FRESHET_ZVEC_DIR: join(folder, "zvec"),
      FRESHET_ZVEC_URL: `http://127.0.0.1:${sinkPort}`,
      ...(options.qdrantUrl === undefined ? {} : { FRESHET_QDRANT_URL: options.qdrantUrl }),
      FRESHET_LOG_LEVEL: options.logLevel ?? "info",
    });
  }

  /** The variables that the `freshet` command and the services share. */
  get environment(): Readonly<Record<string, string>> {
    return this.#environment;
  }

  /** Starts one more instance. The zvec sink keeps its port, because search calls it there. */
  async start(name: ServiceName, environment: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
    return this.startOn(name, name === "vector-sink" ? this.#sinkPort : await getPort(), environment);
  }

  startOn(name: ServiceName, port: number, environment: Readonly<Record<string, string>> = {}): ServiceProcess {
    const service = new ServiceProcess({ name, port, environment: { ...this.#environment, ...environment } });
    this.#services.push(service);
    service.start();
    return service;
  }

  /** Where the zvec sink serves its store. */
  get storeUrl(): string {
    return `http://127.0.0.1:${this.#sinkPort}`;
  }

  /** Ends every process, the last started first, and removes the folder. @returns the exit codes by service. */
  async stop(signal: "SIGKILL" | "SIGTERM" = "SIGTERM"): Promise<ReadonlyMap<string, number | null>> {
    const codes = await Promise.all(
      this.#services.map(async (service) => {
        service.signal("SIGCONT");
        return [service.name, await service.end(signal)] as const;
      }),
    );
    await rm(this.#folder, { recursive: true, force: true });
    return new Map(codes);
  }
}

function configurationText(options: PipelineOptions): string {
  const { name, table, text, payload, settings, dtype, qdrantUrl, partitions = 6 } = options;
  // JSON is YAML, and quotes whatever needs quoting.
  const quoted = (part: string) => `"${part.replaceAll('"', '""')}"`;
  const tableName = `${quoted(table.schema)}.${quoted(table.name)}`;
  return JSON.stringify(
    {
      source: { publication: name, slot: name, tables: [tableName] },
      topics: { partitions },
      models: { local: { provider: "local", name: "BAAI/bge-small-en-v1.5", dtype } },
      stores: { main: { kind: qdrantUrl === undefined ? "zvec" : "qdrant" } },
      indexes: { [name]: { table: tableName, text, payload, model: "local", stores: ["main"], ...settings } },
    },
    null,
    2,
  );
}
