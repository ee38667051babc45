import { configuredChanges } from "@freshet/generations/configured-changes";
import { definitionOf } from "@freshet/generations/definition";
import { GenerationsFeed, type GenerationsFeedOptions } from "@freshet/generations/generations-feed";
import { isOfLostRecord } from "@freshet/generations/lost-generation";
import { runningGenerations, type RunningGeneration } from "@freshet/generations/running-generation";
import type { Finding } from "@freshet/postgres/finding";
import type { Configuration } from "@freshet/process/configuration";
import type { GenerationsState } from "@freshet/schemas/index-generations";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import type { AnsweringGeneration } from "./check-stores.js";

/**
 * Whether each index is as the configuration says, and which generations there are.
 *
 * @param answering what stores say. @throws {RetriableError} no broker answers.
 */
export async function checkIndexes(
  options: GenerationsFeedOptions,
  answering: readonly AnsweringGeneration[],
): Promise<{ readonly generations: readonly RunningGeneration[]; readonly findings: readonly Finding[] }> {
  const { configuration } = options;
  const feed = await GenerationsFeed.open(options);
  await feed.close();
  const checked = Object.keys(configuration.indexes).map((index) => {
    try {
      const state = feed.state(index);
      const generations = runningGenerations(configuration, index, state);
      const lost = answering.filter((one) => one.index === index && isOfLostRecord(state, one.generation));
      // While another one is made in its place, that is told.
      if (lost.length > 0 && !state?.reindex) return { generations, findings: lost.map(lostRecordFinding) };
      return { generations, findings: state === undefined ? [] : [indexFinding(configuration, state)] };
    } catch (error) {
      const says = `Its record can't be read: is it of a newer version than this command? ${(error as Error).message}`;
      const finding: Finding = { check: `index ${index}`, ok: false, says };
      return { generations: runningGenerations(configuration, index, undefined), findings: [finding] };
    }
  });
  return {
    generations: checked.flatMap(({ generations }) => generations),
    findings: checked.flatMap(({ findings }) => findings),
  };
}

function lostRecordFinding({ index, store, generation }: AnsweringGeneration): Finding {
  const says =
    `Searches in store ${store} are answered by generation ${generation}, of which topic ${STATE_TOPIC} knows nothing: its ` +
    `record was lost. It gets no changes any more: freshet reindex ${index} --force makes another in its place.`;
  return { check: `index ${index}`, ok: false, says };
}

export function indexFinding(configuration: Configuration, state: GenerationsState): Finding {
  const { index, serving, reindex } = state;
  const check = `index ${index}`;
  const changes = configuredChanges(state, definitionOf(configuration, index)).map(({ setting }) => setting);
  if (changes.length > 0) {
    const says = `Generation ${serving} answers, and freshet.yaml has another ${changes.join(", ")}: freshet reindex ${index} brings it.`;
    return { check, ok: "warning", says };
  }
  if (reindex !== null) {
    const says = `A reindexing to generation ${reindex.generation} is under way (${reindex.step}): freshet reindex ${index} follows it to its end.`;
    return { check, ok: true, says };
  }
  return { check, ok: true, says: `Generation ${serving} answers, as freshet.yaml says.` };
}
