import { documentRules } from "@freshet/documents/document-rules";
import type { IndexConfiguration } from "@freshet/process/configuration";
import { inputTopic } from "@freshet/schemas/topics";
import { FatalError } from "@freshet/streaming/errors";
import type { VerifyContext } from "../../verify/comparison.js";
import type { IndexWatch } from "../index-watch.js";
import { sampleChanges } from "./sample-changes.js";

/**
 * A misspelt column would become empty texts, or keep the transformer from this generation.
 *
 * @throws {FatalError} when a table's rows haven't got a column that the settings name.
 */
export async function requireColumns(
  { configuration, connection, signal }: VerifyContext,
  { index, admin }: IndexWatch,
  settings: IndexConfiguration,
): Promise<void> {
  // Rows of a topic may each have other fields.
  if (settings.topic !== undefined) return;
  const topic = inputTopic(settings, configuration.source.tables);
  const { rows } = await sampleChanges({ connection, admin, topic, isPlain: false, signal });
  const known = new Set(rows.flatMap(({ row }) => Object.keys(row)));
  const missing = documentRules(index, settings).columns.filter((column) => !known.has(column));
  if (rows.length === 0 || missing.length === 0) return;
  throw new FatalError(
    `The index ${index} uses ${missing.join(", ")}, but the rows in ${topic} have only ${[...known].join(", ")}: correct its ` +
      `text, where or payload. If the column is new, freshet snapshot sends every row with it.`,
  );
}
