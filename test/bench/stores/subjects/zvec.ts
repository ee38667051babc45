import { formatPosition } from "@freshet/schemas/position";
import type { CollectionSpec } from "@freshet/vector-stores/collection-spec";
import type { Point } from "@freshet/vector-stores/vector-store";
import { openZvecStore } from "@freshet/vector-stores/zvec/store";
import {
  ZVecCollectionSchema,
  ZVecCreateAndOpen,
  ZVecDataType,
  ZVecIndexType,
  ZVecOpen,
  type ZVecCollection,
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
  return {
    name: "zvec",
    store,
    settings: SETTINGS,
    openBare: async (spec) => {
      const vector = await vectorSchema(join(folder, randomUUID()), spec);
      const indexed = Object.keys(spec.features.fields);
      const fields = [
        ...TEXTS.map((name) => ({ name, dataType: STRING })),
        ...NUMBERS.map((name) => ({ name, dataType: INT64 })),
        ...indexed.map((name) => ({ name, dataType: INT64, indexParams: INVERTED })),
      ];
      const schema = new ZVecCollectionSchema({ name: "points", vectors: vector, fields });
      const columns = [...NUMBERS, ...indexed];
      const isDeferred = store.capabilities.deferredIndex;
      return new BareZvec(ZVecCreateAndOpen(join(folder, spec.name), schema), vector.name, { columns, isDeferred });
    },
    indexed: () => Promise.resolve(),
    close: async () => {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The adapter's index with its settings. */
async function vectorSchema(directory: string, spec: CollectionSpec): Promise<ZVecVectorSchema> {
  const store = await openZvecStore({ directory });
  await store.ensureCollection(spec);
  await store.close();
  const folders = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const collection = ZVecOpen(join(directory, folders[0]?.name ?? ""));
  const [vector] = collection.schema.vectors();
  collection.closeSync();
  if (!vector) throw new Error("The adapter's collection has no vectors.");
  return vector;
}

interface BareZvecOptions {
  readonly columns: readonly string[];
  readonly isDeferred: boolean;
}

class BareZvec implements BareCollection {
  readonly #collection: ZVecCollection;
  readonly #vector: string;
  readonly #options: BareZvecOptions;

  constructor(collection: ZVecCollection, vector: string, options: BareZvecOptions) {
    this.#collection = collection;
    this.#vector = vector;
    this.#options = options;
  }

  upsert(points: readonly Point[]): Promise<void> {
    const documents = points.map(({ id, vector, text, payload, metadata }) => ({
      id,
      vectors: { [this.#vector]: vector },
      fields: {
        text,
        title: payload["title"],
        metadata: JSON.stringify({ ...metadata, position: formatPosition(metadata.position) }),
        ...Object.fromEntries(this.#options.columns.map((name) => [name, payload[name]])),
      },
    }));
    const refused = this.#collection.upsertSync(documents).find(({ ok }) => !ok);
    if (refused) return Promise.reject(new Error(`zvec refuses a document: ${refused.message}`));
    this.#sync();
    return Promise.resolve();
  }

  finish(): Promise<void> {
    return this.#options.isDeferred ? this.#collection.optimize() : Promise.resolve();
  }

  search({ vector, k, filter }: BareSearch): Promise<string[]> {
    const found = this.#collection.querySync({
      ...{ fieldName: this.#vector, vector, topk: k },
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
