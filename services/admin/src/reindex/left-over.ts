import { sinkGroup, transformerGroup } from "@freshet/schemas/consumer-groups";
import { documentsModelKey, type GenerationsState } from "@freshet/schemas/index-generations";
import { deadLetterTopic, embeddingsTopic } from "@freshet/schemas/topics";

/** What the broker has of generations, and no other one of the index needs. */
export interface LeftOver {
  readonly groups: readonly string[];
  readonly topics: readonly string[];
  /** Of the state topic's records. */
  readonly keys: readonly string[];
}

/** @param state with the generations still in it. @param stores of the index, by name. */
export function leftOver(
  { index, generations }: GenerationsState,
  dropped: readonly number[],
  stores: readonly string[],
): LeftOver {
  const kept = generations.filter(({ number }) => !dropped.includes(number)).map(({ documents }) => documents);
  const gone = generations.filter(({ number }) => dropped.includes(number)).map(({ documents }) => documents);
  const documents = [...new Set(gone)].filter((number) => !kept.includes(number));
  return {
    groups: [
      ...documents.map((number) => transformerGroup(index, number)),
      ...dropped.flatMap((number) => stores.map((store) => sinkGroup(store, index, number))),
    ],
    topics: documents.flatMap((number) => [
      embeddingsTopic(index, number),
      deadLetterTopic(embeddingsTopic(index, number)),
    ]),
    keys: documents.map((number) => documentsModelKey(index, number)),
  };
}
