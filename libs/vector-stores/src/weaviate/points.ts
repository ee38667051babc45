import type { Collection, FilterValue, WeaviateNonGenericObject } from "weaviate-client";
import { runInFlight } from "../in-flight.js";
import { StoreUnavailableError } from "../errors.js";
import { slices, slicesBySize } from "../slices.js";
import type { BeforeWrite, PayloadUpdate, Point, SearchRequest } from "../vector-store.js";
import { toScore, type StoredCollection } from "./collection.js";
import type { Connection } from "./connection.js";
import { batchFailure } from "./failure.js";
import { idIn } from "./filter.js";
import { OWN } from "./own-property.js";
import { CONTENT_PROPERTIES, METADATA_PROPERTIES, numbersOf, toSent, toVector, type SentPoint } from "./point.js";
import { toResourceName } from "./resource-name.js";
import { loadWeaviateWords, type Words } from "./words.js";

export type Consistency = "ONE" | "QUORUM" | "ALL";
/** A point as the client gives it. */
type StoredObject = WeaviateNonGenericObject;

const POINTS_PER_REQUEST = 200;
const IDS_PER_REQUEST = 1_000;
const VECTORS_PER_READ = 200;
const REQUESTS_IN_FLIGHT = 4;
/** Of texts, words and columns in one request; Weaviate takes 100 MB. */
const CHARACTERS_PER_REQUEST = 8_000_000;
/** Before the first id, which no point has. */
const FIRST = "00000000-0000-0000-0000-000000000000";

interface PointsOptions {
  readonly consistency: Consistency;
  /** Null when the collection isn't hybrid. */
  readonly words: Words | null;
}

/** The points of one collection. */
export class Points {
  readonly stored: StoredCollection;
  readonly #connection: Connection;
  readonly #consistency: Consistency;
  readonly #words: Words | null;

  private constructor(connection: Connection, stored: StoredCollection, options: PointsOptions) {
    this.#connection = connection;
    this.stored = stored;
    this.#consistency = options.consistency;
    this.#words = options.words;
  }

  static async of(connection: Connection, stored: StoredCollection, consistency: Consistency): Promise<Points> {
    const words = stored.language === null ? null : await loadWeaviateWords(stored.language);
    return new Points(connection, stored, { consistency, words });
  }

  async upsert(points: readonly Point[], beforeWrite: BeforeWrite): Promise<void> {
    const sent = toSent(points, { fields: this.stored.spec.features.fields, words: this.#words });
    await this.#write(requests(sent), beforeWrite, async (some) => {
      const objects = some.map(({ object }) => object);
      const { errors } = await this.#ask((collection) => collection.data.insertMany(objects));
      const failed = Object.entries(errors).map(
        ([place, { message }]) => [some[Number(place)]?.id ?? "", message] as const,
      );
      if (failed.length > 0) throw batchFailure(new Map(failed), this.#connection.url);
    });
  }

  /**
   * As upserts with the vectors that are there: an update by id is one request each. Weaviate doesn't index a vector anew
   * that hasn't changed.
   */
  async update(updates: readonly PayloadUpdate[], beforeWrite: BeforeWrite): Promise<void> {
    for (const some of slices(updates, VECTORS_PER_READ * REQUESTS_IN_FLIGHT)) {
      const found = await this.byIds(
        some.map(({ id }) => id),
        { properties: METADATA_PROPERTIES, vectors: true },
      );
      const vectors = new Map(found.map((object) => [object.uuid, toVector(object)]));
      const points = some.flatMap((update) => {
        const vector = vectors.get(update.id);
        return vector ? [{ ...update, vector }] : [];
      });
      await this.upsert(points, beforeWrite);
    }
  }

  async delete(ids: readonly string[], beforeWrite: BeforeWrite): Promise<void> {
    await this.#write(slices(ids, IDS_PER_REQUEST), beforeWrite, (some) =>
      this.#deleted(idIn(some)).then(() => undefined),
    );
  }

  /** Weaviate deletes so many at once and no more (QUERY_MAXIMUM_RESULTS). */
  async deleteWhere(filter: FilterValue, beforeWrite: BeforeWrite): Promise<void> {
    let left: number;
    do {
      beforeWrite(this.#connection.timeoutMs);
      const { matches, successful } = await this.#deleted(filter);
      left = matches - successful;
    } while (left > 0);
  }

  /** Those that are there. */
  async byIds(
    ids: readonly string[],
    { properties, vectors = false }: { properties: string[]; vectors?: boolean },
  ): Promise<StoredObject[]> {
    const found: StoredObject[] = [];
    for (const some of slices([...new Set(ids)], vectors ? VECTORS_PER_READ : IDS_PER_REQUEST)) {
      const { objects } = await this.#ask((collection) =>
        collection.query.fetchObjects({
          filters: idIn(some),
          limit: some.length,
          returnProperties: properties,
          includeVector: vectors,
        }),
      );
      found.push(...objects);
    }
    return found;
  }

  /** In the order of their ids. */
  async after(id: string | null, limit: number, vectors = false): Promise<StoredObject[]> {
    const { objects } = await this.#ask((collection) =>
      collection.query.fetchObjects({
        after: id ?? FIRST,
        limit,
        returnProperties: vectors ? CONTENT_PROPERTIES : METADATA_PROPERTIES,
        includeVector: vectors,
      }),
    );
    return objects;
  }

  /** Best first. With words, Weaviate's ranked fusion is reciprocal rank fusion: half of 1 / (60 + rank) of each, summed. */
  async search(
    { vector, k, text = "" }: SearchRequest,
    filters: FilterValue | undefined,
  ): Promise<{ object: StoredObject; score: number }[]> {
    const { distance } = this.stored.spec;
    const words = this.#words?.(text) ?? "";
    const asked = { limit: k, returnProperties: CONTENT_PROPERTIES, ...(filters ? { filters } : {}) };
    const numbers = numbersOf(vector);
    if (words === "") {
      const { objects } = await this.#ask((collection) =>
        collection.query.nearVector(numbers, { ...asked, returnMetadata: ["distance"] }),
      );
      return objects.map((object) => ({ object, score: toScore(object.metadata?.distance ?? NaN, distance) }));
    }
    const { objects } = await this.#ask((collection) =>
      collection.query.hybrid(words, {
        ...asked,
        vector: numbers,
        alpha: 0.5,
        fusionType: "Ranked",
        queryProperties: [OWN.words],
        returnMetadata: ["score"],
      }),
    );
    return objects.map((object) => ({ object, score: object.metadata?.score ?? NaN }));
  }

  async count(): Promise<number> {
    return (await this.#ask((collection) => collection.aggregate.overAll())).totalCount;
  }

  async #deleted(filter: FilterValue): Promise<{ matches: number; successful: number }> {
    const { matches, successful, failed } = await this.#ask((collection) => collection.data.deleteMany(filter));
    if (failed > 0) {
      throw new StoreUnavailableError(`Weaviate at ${this.#connection.url} couldn't delete ${failed} points.`);
    }
    return { matches, successful };
  }

  #write<T>(
    batches: Iterable<readonly T[]>,
    beforeWrite: BeforeWrite,
    send: (some: readonly T[]) => Promise<void>,
  ): Promise<void> {
    const tasks = Array.from(batches, (some) => () => {
      beforeWrite(this.#connection.timeoutMs);
      return send(some);
    });
    return runInFlight(REQUESTS_IN_FLIGHT, tasks);
  }

  #ask<T>(request: (collection: Collection) => Promise<T>): Promise<T> {
    const resource = toResourceName(this.stored.spec.name);
    return this.#connection.ask((client) =>
      request(client.collections.use(resource).withConsistency(this.#consistency)),
    );
  }
}

function requests(points: readonly SentPoint[]): Generator<SentPoint[]> {
  return slicesBySize(points, {
    most: POINTS_PER_REQUEST,
    bytes: CHARACTERS_PER_REQUEST,
    bytesOf: ({ characters }) => characters,
  });
}
