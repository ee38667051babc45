import { kafkaBrokers } from "@freshet/local-stack/testing";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface ProducerProcessOptions {
  readonly url: string;
  /** The configuration's `source`, as YAML. */
  readonly source: string;
}

/** The producer as it is deployed. @returns what starts one more process of it; those that are left are killed with the test. */
export function processStarter({ url, source }: ProducerProcessOptions): () => ChildProcess {
  const folder = mkdtempSync(join(tmpdir(), "freshet-cdc-"));
  const configuration = join(folder, "freshet.yaml");
  writeFileSync(configuration, `source: ${source}\ntopics: { partitions: 3 }\n`);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return () => {
    const child = spawn(process.execPath, ["--enable-source-maps", MAIN], {
      stdio: ["ignore", "ignore", "inherit"],
      env: {
        ...{ PATH: "/usr/bin:/bin", FRESHET_POSTGRES_URL: url, FRESHET_KAFKA_BROKERS: kafkaBrokers().join(",") },
        ...{ FRESHET_CONFIG: configuration, FRESHET_HTTP_PORT: "0", FRESHET_LOG_LEVEL: "error" },
      },
    });
    onTestFinished(() => {
      child.kill("SIGKILL");
    });
    return child;
  };
}
