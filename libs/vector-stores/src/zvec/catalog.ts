import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { syncFile } from "./durable-files.js";
import { storedCollectionSchema, type StoredCollection } from "./stored-collection.js";

const FILE = "catalog.json";
const VERSION = 2;

const schema = z.object({
  /** Those of version 1 had no settings of their own. */
  version: z.int(),
  collections: z.array(storedCollectionSchema),
  aliases: z.array(z.object({ alias: z.string(), collection: z.string() })),
});

/** Which collections and aliases a store's directory holds; zvec itself knows no aliases. Each change is durable. */
export class Catalog {
  readonly #directory: string;
  #collections: ReadonlyMap<string, StoredCollection>;
  #aliases: ReadonlyMap<string, string>;

  private constructor(directory: string, content: Omit<z.output<typeof schema>, "version">) {
    this.#directory = directory;
    this.#collections = new Map(content.collections.map((stored) => [stored.name, stored]));
    this.#aliases = new Map(content.aliases.map(({ alias, collection }) => [alias, collection]));
  }

  /** @throws when the file is damaged or a later Freshet's. */
  static load(directory: string): Catalog {
    const path = join(directory, FILE);
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        return new Catalog(directory, { collections: [], aliases: [] });
      }
      throw error;
    }
    return new Catalog(directory, parse(text, path));
  }

  /** By its catalogue a folder is known to be a store, also before its first collection. */
  ensureFile(): void {
    if (!existsSync(join(this.#directory, FILE))) this.#save(this.#collections, this.#aliases);
  }

  collections(): StoredCollection[] {
    return [...this.#collections.values()];
  }

  collection(name: string): StoredCollection | undefined {
    return this.#collections.get(name);
  }

  alias(alias: string): string | undefined {
    return this.#aliases.get(alias);
  }

  putCollection(stored: StoredCollection): void {
    this.#save(new Map(this.#collections).set(stored.name, stored), this.#aliases);
  }

  /** Its aliases go with it. */
  removeCollection(name: string): void {
    const collections = new Map(this.#collections);
    collections.delete(name);
    this.#save(collections, new Map([...this.#aliases].filter(([, collection]) => collection !== name)));
  }

  setAlias(alias: string, collection: string): void {
    this.#save(this.#collections, new Map(this.#aliases).set(alias, collection));
  }

  /** What can't be written, as on a full disk, isn't so here either. */
  #save(collections: ReadonlyMap<string, StoredCollection>, aliases: ReadonlyMap<string, string>): void {
    const content: z.input<typeof schema> = {
      version: VERSION,
      collections: [...collections.values()],
      aliases: [...aliases].map(([alias, collection]) => ({ alias, collection })),
    };
    const temporary = join(this.#directory, `${FILE}.new`);
    writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(temporary, join(this.#directory, FILE));
    this.#collections = collections;
    this.#aliases = aliases;
    syncFile(this.#directory);
  }
}

function parse(text: string, path: string): z.output<typeof schema> {
  let content: z.output<typeof schema>;
  try {
    content = schema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${path} can't be read as a store's catalogue; restore the directory from its backup.`, {
      cause: error,
    });
  }
  if (content.version <= VERSION) return content;
  throw new Error(`${path} was written by a later version of Freshet; start that one, or restore an older backup.`);
}

/** A folder's name for any collection's name: readable, and distinct also where file names ignore case. */
export function folderName({ name, generation }: Pick<StoredCollection, "name" | "generation">): string {
  const readable = name.replaceAll(/[^a-zA-Z0-9_-]/g, "_").slice(0, 40);
  const first = `${readable}.${createHash("sha256").update(name).digest("hex").slice(0, 12)}`;
  return generation === 0 ? first : `${first}.${generation}`;
}
