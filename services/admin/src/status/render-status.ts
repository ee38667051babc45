import type { Colors } from "../rendering/colors.js";
import { ago } from "../rendering/measures.js";
import { renderSource, type RenderOptions } from "./render-source.js";
import { renderEmbedding } from "./render-embedding.js";
import { renderRows } from "./render-rows.js";
import type { ConsumerStatus, IndexStatus, SinkStatus, StatusReport } from "./status-report.js";

/** Plain sentences for a person; colours only where a terminal shows them. */
export function renderStatus({ source, indexes }: StatusReport, options: RenderOptions): string {
  const { now, colors } = options;
  return [
    ...(source === null
      ? [`${colors.bold("Source")}  no cdc-producer has reported yet; start one`]
      : renderSource(source, options)),
    ...indexes.flatMap((index) => renderIndex(index, now, colors)),
  ].join("\n");
}

function renderIndex(status: IndexStatus, now: number, colors: Colors): string[] {
  const { index, table, transformer, embedding, sinks } = status;
  return [
    `${colors.bold("Index")}   ${index}, from ${table}`,
    `  embedding-transformer  ${consumer(transformer, colors)}`,
    ...(embedding === null ? [] : renderEmbedding(embedding)),
    ...sinks.flatMap((sink) => [
      `  vector-sink ${sink.store}  ${consumer(sink, colors)}${freshness(sink, now)}`,
      ...renderRows(sink.tables, colors),
    ]),
  ];
}

function consumer({ instances, lag, state }: ConsumerStatus, colors: Colors): string {
  if (instances === 0) return colors.yellow("not running");
  const behind = lag === null ? "its topic isn't there yet" : lag === 0 ? colors.green("up to date") : `${lag} behind`;
  const settling = state === "Stable" ? "" : ` (${state})`;
  return `${instances} ${instances === 1 ? "instance" : "instances"}${settling}, ${behind}`;
}

function freshness({ lastAppliedAt, lastCommittedAt }: SinkStatus, now: number): string {
  if (lastAppliedAt === null || lastCommittedAt === null) return "";
  return `, last change stored ${ago(lastAppliedAt, now)}, ${Math.max(0, lastAppliedAt - lastCommittedAt)} ms after its commit`;
}
