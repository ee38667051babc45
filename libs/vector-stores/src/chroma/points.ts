import type { Collection, GetResult, Where } from "chromadb";
import { runInFlight } from "../in-flight.js";
import { slices } from "../slices.js";
import type { BeforeWrite, PayloadUpdate, Point } from "../vector-store.js";
import type { Known } from "./catalog.js";
import type { ChromaConnection } from "./client.js";
import { isMissing } from "./failure.js";
import type { Fields } from "./filter.js";
import { fieldValues, numbersOf, toRecords, toUpdate, type ChromaRecord, type StoredRecord } from "./point.js";
import { POINTS_PER_REQUEST, requestsOf } from "./request-size.js";

/** With their vectors, which come back as decimal digits. */
const VECTORS_PER_READ = 250;
const DELETES_PER_REQUEST = 5_000;
const REQUESTS_IN_FLIGHT = 2;
const NEAR: Include = ["metadatas", "documents", "distances"];

export interface Near {
  readonly record: StoredRecord;
  /** As Chroma measures. */
  readonly away: number;
}
type Include = NonNullable<NonNullable<Parameters<Collection["get"]>[0]>["include"]>;

/** The points of one collection, in requests that Chroma takes. */
export class ChromaPoints {
  readonly spec: Known["spec"];
  readonly #id: string;
  readonly #connection: ChromaConnection;
  readonly #onMissing: () => void;

  constructor(connection: ChromaConnection, { id, spec }: Known, onMissing: () => void) {
    this.#connection = connection;
    this.#id = id;
    this.spec = spec;
    this.#onMissing = onMissing;
  }

  /** @throws when the collection is no longer there. */
  async ask<T>(request: (collection: Collection) => Promise<T>): Promise<T> {
    try {
      return await this.#connection.ask((client) => request(client.collection(this.#id)));
    } catch (error) {
      if (!isMissing(error)) throw error;
      this.#onMissing();
      throw new Error(`The collection ${this.spec.name} is no longer there: somebody deleted it from Chroma.`, {
        cause: error,
      });
    }
  }

  async upsert(points: readonly Point[], beforeWrite: BeforeWrite): Promise<void> {
    const records = toRecords(points, this.spec.features.fields);
    const vectors = new Map(points.map(({ id, vector }) => [id, vector]));
    const requests = await this.#requests(records, this.spec.model.dimensions);
    await this.#write(requests, beforeWrite, (collection, some) =>
      collection.upsert({
        ...columns(some),
        embeddings: some.map(({ id }) => numbersOf(vectors.get(id) ?? new Float32Array())),
      }),
    );
  }

  /** Those that aren't there are passed over. */
  async update(updates: readonly PayloadUpdate[], beforeWrite: BeforeWrite): Promise<void> {
    const records = toRecords(updates, this.spec.features.fields);
    const requests = await this.#requests(records, 0);
    const tasks = requests.map((some) => async () => {
      const stored = await this.#texts(some.map(({ id }) => id));
      const same = some.filter(({ id, document }) => stored.get(id) === document);
      const others = some.filter(({ id, document }) => stored.has(id) && stored.get(id) !== document);
      if (same.length > 0) {
        await this.#write([same], beforeWrite, (collection, part) =>
          collection.update({ ids: ids(part), metadatas: part.map(({ metadata }) => metadata) }),
        );
      }
      // The client takes no text without its vector.
      await this.#write([...slices(others, VECTORS_PER_READ)], beforeWrite, async (collection, part) => {
        const { ids: found, embeddings } = await collection.get({ ids: ids(part), include: ["embeddings"] });
        const vectors = new Map(found.map((id, place) => [id, embeddings[place] ?? []]));
        await collection.update({ ...columns(part), embeddings: part.map(({ id }) => vectors.get(id) ?? []) });
      });
    });
    await runInFlight(REQUESTS_IN_FLIGHT, tasks);
  }

  /** Gives all points the values of these fields. */
  async fill(fields: Fields): Promise<void> {
    for (const some of slices(await this.ids(), POINTS_PER_REQUEST)) {
      const updates = (await this.records(some, ["metadatas", "documents"])).map(toUpdate);
      if (updates.length === 0) continue;
      await this.ask((collection) =>
        collection.update({
          ids: updates.map(({ id }) => id),
          metadatas: updates.map(({ payload }) => fieldValues(payload, fields)),
        }),
      );
    }
  }

  async delete(gone: readonly string[], beforeWrite: BeforeWrite): Promise<void> {
    await this.#write([...slices(gone, POINTS_PER_REQUEST)], beforeWrite, (collection, some) =>
      collection.delete({ ids: [...some] }),
    );
  }

  async deleteWhere(where: Where, beforeWrite: BeforeWrite): Promise<void> {
    let deleted: number | undefined;
    do {
      beforeWrite(this.#connection.timeoutMs);
      ({ deleted } = await this.ask((collection) => collection.delete({ where, limit: DELETES_PER_REQUEST })));
    } while (deleted === DELETES_PER_REQUEST);
  }

  /** Those that are there. */
  async records(wanted: readonly string[], include: Include): Promise<StoredRecord[]> {
    const found: StoredRecord[] = [];
    const size = include.includes("embeddings") ? VECTORS_PER_READ : POINTS_PER_REQUEST;
    for (const some of slices([...new Set(wanted)], size)) {
      const answer = await this.ask((collection) => collection.get({ ids: [...some], include }));
      found.push(...rows(answer));
    }
    return found;
  }

  /** Nearest first. */
  async nearest(vector: Float32Array, k: number, where: Where | undefined): Promise<Near[]> {
    const query = { queryEmbeddings: [numbersOf(vector)], nResults: k, include: NEAR, ...(where ? { where } : {}) };
    const answer = await this.ask((collection) => collection.query(query));
    return (answer.rows()[0] ?? []).map(({ id, document, metadata, distance }) => ({
      record: { id, document, metadata },
      away: distance ?? NaN,
    }));
  }

  async ids(): Promise<string[]> {
    return (await this.ask((collection) => collection.get({ include: [] }))).ids;
  }

  async #texts(of: readonly string[]): Promise<Map<string, string>> {
    const found = await this.records(of, ["documents"]);
    return new Map(found.map(({ id, document }) => [id, document ?? ""]));
  }

  async #requests(records: readonly ChromaRecord[], dimensions: number): Promise<ChromaRecord[][]> {
    return [...requestsOf(records, { most: await this.#connection.maxBatch(), dimensions })];
  }

  #write<T>(
    requests: readonly T[],
    beforeWrite: BeforeWrite,
    send: (collection: Collection, request: T) => Promise<unknown>,
  ): Promise<void> {
    const tasks = requests.map((request) => () => {
      beforeWrite(this.#connection.timeoutMs);
      return this.ask((collection) => send(collection, request));
    });
    return runInFlight(REQUESTS_IN_FLIGHT, tasks);
  }
}

function rows({ ids: found, documents, metadatas, embeddings }: GetResult): StoredRecord[] {
  return found.map((id, place) => ({
    id,
    document: documents[place],
    metadata: metadatas[place],
    embedding: embeddings[place],
  }));
}

function ids(records: readonly ChromaRecord[]): string[] {
  return records.map(({ id }) => id);
}

function columns(records: readonly ChromaRecord[]) {
  return {
    ids: ids(records),
    metadatas: records.map(({ metadata }) => metadata),
    documents: records.map(({ document }) => document),
  };
}
