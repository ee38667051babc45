import type { Configuration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";
import type { Finding } from "@freshet/postgres/finding";
import { StoreUnavailableError } from "@freshet/vector-stores/errors";
import { openSearchableStore } from "@freshet/vector-stores/open-store";
import type { SearchableStore } from "@freshet/vector-stores/vector-store";

const TIMEOUT_MS = 5_000;

/** A generation that an index's alias names in a store. */
export interface AnsweringGeneration {
  readonly index: string;
  /** The store's name in freshet.yaml. */
  readonly store: string;
  readonly generation: number;
}

export interface StoresCheck {
  readonly findings: readonly Finding[];
  /** As far as stores say; they may be away, or have nothing of an index yet. */
  readonly answering: readonly AnsweringGeneration[];
}

/** Whether each store answers, and which generations searches are sent to there. Never throws. */
export async function checkStores(configuration: Configuration, environment: Environment): Promise<StoresCheck> {
  const names = Object.keys(configuration.stores);
  const checks = await Promise.all(names.map((name) => checkStore(name, configuration, environment)));
  return {
    findings: checks.flatMap(({ findings }) => findings),
    answering: checks.flatMap(({ answering }) => answering),
  };
}

async function checkStore(
  name: string,
  { stores, indexes }: Configuration,
  { stores: places }: Environment,
): Promise<StoresCheck> {
  const check = `store ${name}`;
  const settings = stores[name];
  if (settings === undefined) return { findings: [], answering: [] };
  try {
    const store = await openSearchableStore(settings, { name, places, requestTimeoutMs: TIMEOUT_MS });
    try {
      const says = await store.check();
      const inIt = Object.keys(indexes).filter((index) => indexes[index]?.stores.includes(name));
      const answering = await Promise.all(inIt.map((index) => answeringGeneration(store, index)));
      return {
        findings: [{ check, ok: true, says }],
        answering: answering.flatMap((found) => (found === null ? [] : [{ ...found, store: name }])),
      };
    } finally {
      await store.close();
    }
  } catch (error) {
    // A sink of ours answers for it, and may come later.
    const isOurs = settings.kind === "zvec" && error instanceof StoreUnavailableError;
    return { findings: [{ check, ok: isOurs ? "warning" : false, says: (error as Error).message }], answering: [] };
  }
}

async function answeringGeneration(
  store: SearchableStore,
  index: string,
): Promise<Omit<AnsweringGeneration, "store"> | null> {
  const name = await store.resolveAlias(index);
  const origin = name === null ? null : (await store.describe(name))?.origin;
  return origin?.index === index ? { index, generation: origin.generation } : null;
}
