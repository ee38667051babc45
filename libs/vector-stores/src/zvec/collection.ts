import { closeSync, fsyncSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  ZVecCollectionSchema,
  ZVecCreateAndOpen,
  ZVecDataType,
  ZVecIndexType,
  ZVecMetricType,
  ZVecOpen,
  type ZVecCollection,
  type ZVecDoc,
  type ZVecStatus,
} from "@zvec/zvec";
import type { CollectionSpec, Distance } from "../vector-store.js";
import { toStoreError } from "./failure.js";
import { hasId, olderThan } from "./filter.js";
import type { ZvecDocument, ZvecHit } from "./point.js";

const VECTOR = "vector";
const { STRING, VECTOR_FP32 } = ZVecDataType;
const INVERTED = { indexType: ZVecIndexType.INVERT, enableRangeOptimization: false } as const;

const METRICS = {
  cosine: ZVecMetricType.COSINE,
  dot: ZVecMetricType.IP,
  euclid: ZVecMetricType.L2,
} satisfies Record<Distance, ZVecMetricType>;

function schemaFor({ model, distance }: CollectionSpec): ZVecCollectionSchema {
  return new ZVecCollectionSchema({
    name: "points",
    vectors: {
      name: VECTOR,
      dataType: VECTOR_FP32,
      dimension: model.dimensions,
      indexParams: {
        indexType: ZVecIndexType.HNSW,
        metricType: METRICS[distance],
        m: 16,
        efConstruction: 200,
      },
    },
    fields: [
      // The id once more: a filter reads a thousand documents in the time in which zvec's fetch by id reads ten.
      { name: "pid", dataType: STRING, indexParams: INVERTED },
      { name: "rows", dataType: STRING, indexParams: INVERTED },
      { name: "position", dataType: STRING },
      { name: "metadata", dataType: STRING },
      { name: "content", dataType: STRING },
    ],
  });
}

/** One zvec collection. All calls block; zvec refuses more than 1,024 documents in one write. */
export class Collection {
  readonly #zvec: ZVecCollection;
  readonly #spec: CollectionSpec;

  private constructor(zvec: ZVecCollection, spec: CollectionSpec) {
    this.#zvec = zvec;
    this.#spec = spec;
  }

  static create(path: string, spec: CollectionSpec): Collection {
    return new Collection(ZVecCreateAndOpen(path, schemaFor(spec)), spec);
  }

  static open(path: string, spec: CollectionSpec): Collection {
    return new Collection(ZVecOpen(path), spec);
  }

  /** @param vectors the documents' vectors, one after the other. */
  upsert(documents: readonly ZvecDocument[], vectors: Float32Array): void {
    const size = this.#spec.model.dimensions;
    const inputs = documents.map((document, place) => ({
      id: document.id,
      vectors: { [VECTOR]: vectors.subarray(place * size, (place + 1) * size) },
      fields: fieldsOf(document),
    }));
    check(this.#zvec.upsertSync(inputs), documents);
  }

  /** Replaces all but the vectors, where the documents exist. zvec's own update reads its documents one by one. */
  replaceFields(documents: readonly ZvecDocument[]): void {
    const filter = hasId(documents.map(({ id }) => id));
    const found = this.#zvec.querySync({ filter, topk: documents.length, includeVector: true, outputFields: [] });
    const vectors = new Map(found.map((document) => [document.id, document.vectors[VECTOR]]));
    const inputs = documents.flatMap((document) => {
      const vector = vectors.get(document.id);
      return vector ? [{ id: document.id, vectors: { [VECTOR]: vector }, fields: fieldsOf(document) }] : [];
    });
    if (inputs.length > 0) check(this.#zvec.upsertSync(inputs), inputs);
  }

  /** Ids that don't exist are passed over. */
  delete(ids: readonly string[]): void {
    const statuses = this.#zvec.deleteSync([...ids]).filter(({ code }) => code !== "ZVEC_NOT_FOUND");
    check(statuses, []);
  }

  deleteOlder(rows: string, position: string): void {
    check([this.#zvec.deleteByFilterSync(olderThan(rows, position))], []);
  }

  /** The metadata of those that exist. */
  read(ids: readonly string[]): [id: string, metadata: string][] {
    if (ids.length === 0) return [];
    const found = this.#zvec.querySync({ filter: hasId(ids), topk: ids.length, outputFields: ["metadata"] });
    return found.map((document) => [document.id, textField(document, "metadata")]);
  }

  search(vector: Float32Array, k: number): ZvecHit[] {
    const found = this.#zvec.querySync({
      fieldName: VECTOR,
      vector,
      topk: k,
      outputFields: ["metadata", "content"],
    });
    return found.map((document) => ({
      id: document.id,
      score: toScore(document.score, this.#spec.distance),
      metadata: textField(document, "metadata"),
      content: textField(document, "content"),
    }));
  }

  ids(): string[] {
    const ids: string[] = [];
    for (const { id } of this.#zvec.iterDocsSync({ outputFields: [], includeVector: false })) ids.push(id);
    return ids;
  }

  count(): number {
    return this.#zvec.stats.docCount;
  }

  /**
   * zvec hands each write to the operating system, so it outlives this process; this makes its log outlive the
   * machine's power too.
   */
  sync(): void {
    const { path } = this.#zvec;
    for (const name of readdirSync(path, { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".wal")) continue;
      const file = openSync(join(path, name), "r+");
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    }
  }

  close(): void {
    this.#zvec.closeSync();
  }

  destroy(): void {
    this.#zvec.destroySync();
  }
}

/** What zvec answers with is a distance, of straight lines its square; of inner products it is the product. */
function toScore(answered: number, distance: Distance): number {
  switch (distance) {
    case "cosine":
      return 1 - answered;
    case "dot":
      return answered;
    case "euclid":
      return -Math.sqrt(answered);
    default:
      return distance satisfies never;
  }
}

function fieldsOf({ id, rows, position, metadata, content }: ZvecDocument): Record<string, string> {
  return { pid: id, rows, position, metadata, content };
}

function textField(document: ZVecDoc, name: string): string {
  return document.fields[name] as string;
}

function check(statuses: readonly ZVecStatus[], documents: readonly { readonly id: string }[]): void {
  const place = statuses.findIndex(({ ok }) => !ok);
  const failed = statuses[place];
  if (failed) throw toStoreError(failed.code, failed.message, documents[place]?.id);
}
