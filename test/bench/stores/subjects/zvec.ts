import { formatPosition } from "@freshet/schemas/position";
import type { CollectionSpec } from "@freshet/vector-stores/collection-spec";
import type { Point } from "@freshet/vector-stores/vector-store";
import { folderName } from "@freshet/vector-stores/zvec/catalog";
import { toInput } from "@freshet/vector-stores/zvec/document";
import { toDocument } from "@freshet/vector-stores/zvec/point";
import { openZvecStore } from "@freshet/vector-stores/zvec/store";
import {
  ZVecCollectionSchema,
  ZVecCreateAndOpen,
  ZVecDataType,
  ZVecIndexType,
  ZVecOpen,
  type ZVecCollection,
  type ZVecDocInput,
  type ZVecVectorSchema,
} from "@zvec/zvec";
import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BareCollection, BareSearch, Subject } from "../subject.js";

/** Calls block, so there is never more than one; 1,024 documents is the most. */
const SETTINGS = [64, 256, 512, 1024].map((points) => ({ points, inFlight: 1 }));
const INVERTED = { indexType: ZVecIndexType.INVERT };
const { STRING, INT64 } = ZVecDataType;
const TEXTS = ["text", "title", "metadata"];
const NUMBERS = ["year", "views"];

export async function openZvec(): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), "freshet-bench-zvec-"));
  // It also sets zvec's log level, for the whole process.
  const store = await openZvecStore({ directory: join(folder, "adapter") });
  const isDeferred = store.capabilities.deferredIndex;
  return {
    name: "zvec",
    store,
    client: {
      name: "zvec, columns as fields",
      settings: SETTINGS,
      open: async (spec) => {
        const path = join(folder, spec.name);
        const { vector } = await adapterSchema(join(folder, randomUUID()), spec);
        return new BareZvec({ path, isDeferred, ...columnSchema(spec, vector) });
      },
    },
    others: [
      {
        name: "zvec, the adapter's documents",
        settings: SETTINGS,
        open: async (spec) => {
          const path = join(folder, spec.name);
          const { vector, schema } = await adapterSchema(join(folder, randomUUID()), spec);
          const options = { fields: spec.features.fields, bm25: null };
          const toInputOf = (point: Point) => toInput(toDocument(point, options), point.vector);
          return new BareZvec({ path, isDeferred, schema, vector: vector.name, toInput: toInputOf });
        },
      },
    ],
    indexed: () => Promise.resolve(),
    close: async () => {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Each of the row's columns is a field, as numbers or text; those that are filtered by have an index. */
function columnSchema(
  { features }: CollectionSpec,
  vector: ZVecVectorSchema,
): Pick<BareZvecOptions, "schema" | "vector" | "toInput"> {
  const indexed = Object.keys(features.fields);
  const fields = [
    ...TEXTS.map((name) => ({ name, dataType: STRING })),
    ...NUMBERS.map((name) => ({ name, dataType: INT64 })),
    ...indexed.map((name) => ({ name, dataType: INT64, indexParams: INVERTED })),
  ];
  const columns = [...NUMBERS, ...indexed];
  return {
    schema: new ZVecCollectionSchema({ name: "points", vectors: vector, fields }),
    vector: vector.name,
    toInput: ({ id, vector: parts, text, payload, metadata }) => ({
      id,
      vectors: { [vector.name]: parts },
      fields: {
        text,
        title: payload["title"],
        metadata: JSON.stringify({ ...metadata, position: formatPosition(metadata.position) }),
        ...Object.fromEntries(columns.map((name) => [name, payload[name]])),
      },
    }),
  };
}

/** What the adapter makes of a collection, and its index of vectors. */
async function adapterSchema(
  directory: string,
  spec: CollectionSpec,
): Promise<{ readonly schema: ZVecCollectionSchema; readonly vector: ZVecVectorSchema }> {
  const store = await openZvecStore({ directory });
  await store.ensureCollection(spec);
  await store.close();
  const collection = ZVecOpen(join(directory, folderName({ name: spec.name, generation: 0 })));
  const { schema } = collection;
  const [vector] = schema.vectors();
  collection.closeSync();
  if (!vector) throw new Error("The adapter's collection has no vectors.");
  return { schema, vector };
}

interface BareZvecOptions {
  readonly path: string;
  readonly schema: ZVecCollectionSchema;
  /** The name of the vectors' field. */
  readonly vector: string;
  readonly toInput: (point: Point) => ZVecDocInput;
  readonly isDeferred: boolean;
}

class BareZvec implements BareCollection {
  readonly #collection: ZVecCollection;
  readonly #options: BareZvecOptions;

  constructor(options: BareZvecOptions) {
    this.#collection = ZVecCreateAndOpen(options.path, options.schema);
    this.#options = options;
  }

  upsert(points: readonly Point[]): Promise<void> {
    const refused = this.#collection.upsertSync(points.map(this.#options.toInput)).find(({ ok }) => !ok);
    if (refused) return Promise.reject(new Error(`zvec refuses a document: ${refused.message}`));
    this.#sync();
    return Promise.resolve();
  }

  finish(): Promise<void> {
    return this.#options.isDeferred ? this.#collection.optimize() : Promise.resolve();
  }

  search({ vector, k, filter }: BareSearch): Promise<string[]> {
    const found = this.#collection.querySync({
      ...{ fieldName: this.#options.vector, vector, topk: k },
      ...(filter ? { filter: `${filter.field} = ${String(filter.equals)}` } : {}),
    });
    return Promise.resolve(found.map(({ id }) => id));
  }

  drop(): Promise<void> {
    this.#collection.destroySync();
    return Promise.resolve();
  }

  /** Outlives the machine's power, as what the adapter has written does. */
  #sync(): void {
    const { path } = this.#collection;
    for (const name of readdirSync(path, { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".wal")) continue;
      const file = openSync(join(path, name), "r+");
      fsyncSync(file);
      closeSync(file);
    }
  }
}
