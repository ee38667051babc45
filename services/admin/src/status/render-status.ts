import type { Colors } from "../rendering/colors.js";
import { ago } from "../rendering/measures.js";
import { renderSchedule } from "./render-schedule.js";
import { renderSource, type RenderOptions } from "./render-source.js";
import { renderEmbedding } from "./render-embedding.js";
import { renderRows } from "./render-rows.js";
import type { ConsumerStatus, GenerationStatus, SinkStatus } from "./generation-status.js";
import type { IndexStatus, StatusReport } from "./status-report.js";

/** Plain sentences for a person; colours only where a terminal shows them. */
export function renderStatus({ source, indexes, schedule }: StatusReport, options: RenderOptions): string {
  const { now, colors } = options;
  return [
    ...(source === null
      ? [`${colors.bold("Source")}  no cdc-producer has reported yet; start one`]
      : renderSource(source, options)),
    ...indexes.flatMap((index) => renderIndex(index, now, colors)),
    ...renderSchedule(schedule, now, colors),
  ].join("\n");
}

function renderIndex(status: IndexStatus, now: number, colors: Colors): string[] {
  const { index, table, generation, transformer, embedding, sinks, others } = status;
  const numbered = others.length === 0 && generation === 1 ? "" : `, generation ${generation}`;
  return [
    `${colors.bold("Index")}   ${index}, from ${table}${numbered}`,
    ...renderReindex(status, now, colors),
    `  embedding-transformer  ${consumer(transformer, colors)}`,
    ...(embedding === null ? [] : renderEmbedding(embedding)),
    ...sinks.flatMap((sink) => [
      `  vector-sink ${sink.store}  ${consumer(sink, colors)}${freshness(sink, now)}`,
      ...renderRows(sink.tables, colors),
    ]),
    ...others.flatMap((other) => renderOther(other, now, colors)),
  ];
}

function renderReindex({ index, reindex, changes }: IndexStatus, now: number, colors: Colors): string[] {
  const underWay =
    reindex === null
      ? []
      : [
          `  reindex                to generation ${reindex.generation}, ${reindex.step}, begun ${ago(reindex.startedAt, now)}`,
        ];
  if (changes.length === 0) return underWay;
  const differs = `freshet.yaml has another ${changes.join(", ")}: freshet reindex ${index} brings it`;
  return [...underWay, `  configuration          ${colors.yellow(differs)}`];
}

/** One that doesn't answer searches: what it is for, and how far it is. */
function renderOther(
  { generation, dropping, transformer, sinks }: GenerationStatus,
  now: number,
  colors: Colors,
): string[] {
  if (dropping) return [`  generation ${generation}, being removed`];
  return [
    `  generation ${generation}`,
    `    embedding-transformer  ${consumer(transformer, colors)}`,
    ...sinks.map((sink) => `    vector-sink ${sink.store}  ${consumer(sink, colors)}${freshness(sink, now)}`),
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
