import { changesOf } from "@freshet/documents/changes-of";
import { documentRules } from "@freshet/documents/document-rules";
import type { TopicRows as TopicSettings } from "@freshet/process/index-configuration";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import type { Comparison, VerifyContext } from "./comparison.js";
import type { OpenedSource, SourceReading } from "./opened-source.js";
import { Pace } from "./pace.js";
import { TopicRows } from "./topic-rows.js";

/** A topic of somebody's. @throws an error with a sentence when it can't be compared with. */
export async function openTopicSource(
  { connection, signal }: VerifyContext,
  { name, settings }: Pick<Comparison, "name"> & { readonly settings: Comparison["settings"] & TopicSettings },
  { rate }: Pick<SourceReading, "rate">,
): Promise<OpenedSource> {
  const { topic: label } = settings;
  const admin = await connectTopicAdmin(connection);
  return {
    rows: new TopicRows({
      ...{ connection, admin, signal, topic: changesOf(label, settings), rules: documentRules(name, settings) },
      pace: rate === undefined ? undefined : new Pace(rate, signal),
    }),
    ...{ label, changes: label },
    // What is in the topic needs no capturing.
    captured: () => Promise.resolve(() => Promise.resolve(true)),
    recapture: null,
    hasHashes: false,
    requireUnchanged: () => Promise.resolve(),
    close: () => admin.close(),
  };
}
