import { documentRules } from "@freshet/documents/document-rules";
import type { GenerationsFeed } from "@freshet/generations/generations-feed";
import { documentsTopicOf, transformerGroupOf } from "@freshet/generations/running-generation";
import type { RunningDocuments } from "@freshet/generations/running-documents";
import type { ServiceContext } from "@freshet/process/run-service";
import { deadLetterTopic, inputTopic } from "@freshet/schemas/topics";
import { sameModel } from "@freshet/schemas/embedded-document";
import { Application } from "@freshet/streaming/application";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { retrying } from "@freshet/streaming/retry";
import type { CacheUpkeep } from "./cache-upkeep.js";
import { chunkingRules } from "./chunking-rules.js";
import { fieldCheck, tableColumnCheck } from "./column-check.js";
import { addIndexPipeline } from "./index-pipeline.js";
import type { Metrics } from "./metrics.js";
import { newestColumns } from "./newest-columns.js";
import { newestRecords } from "./newest-records.js";
import { prepareOutputTopic } from "./output-topic.js";
import { writeStates } from "./state-records.js";
import type { TextEmbedder } from "./text-embedder.js";
import type { IsSuperseded } from "./until-passed.js";
import { changesOf, isPlain } from "@freshet/documents/changes-of";

export interface DocumentsContext extends Pick<
  ServiceContext,
  "configuration" | "environment" | "logger" | "registry"
> {
  readonly connection: KafkaConnection;
  readonly metrics: Metrics;
  readonly upkeep: CacheUpkeep;
  readonly feed: Pick<GenerationsFeed, "model">;
}

interface Run {
  readonly embedder: TextEmbedder;
  /** Whose documents may have texts of these with their vectors. */
  readonly similarTopics: readonly string[];
  readonly signal: AbortSignal;
  /** Called with what is being waited for. */
  readonly onWaiting: (reason: string) => void;
  /** Called when all is prepared. */
  readonly onRunning: (application: Pick<Application, "readiness">) => void;
}

/**
 * Keeps a topic of documents up to date until the signal is aborted.
 *
 * @throws {FatalError} and any error that isn't known to be retriable. @throws the signal's reason.
 */
export async function runDocuments(
  documents: RunningDocuments,
  context: DocumentsContext,
  { embedder, similarTopics, signal, onWaiting, onRunning }: Run,
): Promise<void> {
  const { configuration, connection, environment, logger, metrics, registry, upkeep } = context;
  const { index, settings } = documents;
  const rules = documentRules(index, settings);
  const chunking = chunkingRules(index, settings.chunking, embedder.model);
  const input = changesOf(inputTopic(settings, configuration.source.tables), settings);
  const output = documentsTopicOf(documents);
  await tellModel(documents, embedder, context, signal);
  await upkeep.warm(similarTopics, { model: embedder.model, signal, onWaiting });
  onWaiting("its topics are being prepared");
  await prepareOutputTopic(connection, { input: input.name, output, signal, onWaiting });
  const isSuperseded = await supersededIn(input, documents, context, { signal, onWaiting });
  const application = new Application({
    connection,
    consumerGroup: transformerGroupOf(documents),
    sessionTimeoutMs: environment.kafka.sessionTimeoutMs,
    registry,
    deadLetterTopic,
  });
  const columnCheck = isPlain(settings) ? fieldCheck(rules) : tableColumnCheck(rules, newestColumns(connection, input));
  const onMade = (op: string) => {
    metrics.documents.inc({ index, op });
    upkeep.made(output);
  };
  addIndexPipeline(application, { rules, input, output, columnCheck, chunking, embedder, isSuperseded, onMade });
  onRunning(application);
  logger.info({ index, input: input.name, output, model: embedder.model.identity }, "index runs");
  await application.run({ signal });
  await upkeep.passOver(output);
}

/** Of a table, whose topic keeps each row's last record as well as all: undefined for any other. */
function supersededIn(
  input: ReturnType<typeof changesOf>,
  documents: RunningDocuments,
  { connection }: DocumentsContext,
  { signal, onWaiting }: Pick<Run, "signal" | "onWaiting">,
): Promise<IsSuperseded | undefined> {
  if (documents.settings.table === undefined) return Promise.resolve(undefined);
  const group = transformerGroupOf(documents);
  const onFailure = ({ message }: Error) => {
    connection.logger.warn({ topic: input.name }, message);
    onWaiting(message);
  };
  return retrying(() => newestRecords({ connection, input, group, signal, onWaiting }), { signal, onFailure });
}

/** For sinks, which make a collection by it before the first document comes. */
async function tellModel(
  { index, documents }: RunningDocuments,
  { model: { identity } }: TextEmbedder,
  { connection, feed, logger, registry }: DocumentsContext,
  signal: AbortSignal,
): Promise<void> {
  const known = feed.model(index, documents);
  if (known !== undefined && sameModel(known, identity)) return;
  const { name, revision, dtype, dimensions } = identity;
  const model = { name, revision, dtype, dimensions };
  await writeStates(() => [{ kind: "model", index, documents, model, updatedAt: Date.now() }], {
    ...{ connection, registry, signal },
    onFailure: ({ message }) => logger.warn({ index }, message),
  });
}
