import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { runCdc } from "./cdc/benchmark.js";
import { runEmbeddings } from "./embeddings/benchmark.js";
import { runEndToEnd } from "./end-to-end/benchmark.js";
import { runReindex } from "./reindex/benchmark.js";
import { renderReport, type BenchOptions, type BenchReport } from "./report.js";
import { runStores } from "./stores/benchmark.js";
import { runStreaming } from "./streaming/benchmark.js";
import { runVerify } from "./verify/benchmark.js";
import { ROOT_DIRECTORY } from "../support/service-process.js";

const BENCHMARKS: Readonly<Record<string, (options: BenchOptions) => Promise<BenchReport>>> = {
  cdc: runCdc,
  embeddings: runEmbeddings,
  "end-to-end": runEndToEnd,
  reindex: runReindex,
  stores: runStores,
  streaming: runStreaming,
  verify: runVerify,
};
const DEFAULT_DATA = `${ROOT_DIRECTORY}/../shared/data`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "string" },
      data: { type: "string" },
      quick: { type: "boolean", default: false },
      store: { type: "string" },
    },
  });
  const [name = ""] = positionals;
  const benchmark = BENCHMARKS[name];
  if (!benchmark) {
    throw new Error(`There is no benchmark "${name}"; say one of: ${Object.keys(BENCHMARKS).join(", ")}.`);
  }
  if (values.data !== undefined && !existsSync(values.data)) throw new Error(`There is no folder ${values.data}.`);
  const report = await benchmark({
    data: values.data ?? (existsSync(DEFAULT_DATA) ? DEFAULT_DATA : null),
    quick: values.quick,
    only: values.store?.split(",") ?? [],
    onProgress: (message) => console.error(message),
  });
  console.log(renderReport(report));
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
}

// The runtime of the models would report its use to its maker.
process.env["ORT_DISABLE_TELEMETRY"] ??= "1";

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
