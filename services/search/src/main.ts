import { featuresOf } from "@freshet/process/index-configuration";
import { runService, type Service, type ServiceContext } from "@freshet/process/run-service";
import { partitionedSearchableStore } from "@freshet/vector-stores/partitioned/open";
import { openModels } from "./open-models.js";
import { openStores } from "./open-stores.js";
import { IndexSearcher } from "./index-searcher.js";
import { addRoutes } from "./routes.js";
import { SearchMetrics } from "./search-metrics.js";

async function start({ configuration, environment, logger, registry, http, signal }: ServiceContext): Promise<Service> {
  const onWaiting = (reason: string) => logger.warn(reason);
  const models = await openModels(configuration, environment, { signal, onWaiting });
  const stores = await openStores(configuration, environment);
  const searchers = new Map(
    Object.entries(configuration.indexes).map(([index, settings]) => {
      const [storeName = ""] = settings.stores;
      const store = partitionedSearchableStore(named(stores, storeName), settings.partitionBy);
      const model = named(models, settings.model);
      return [index, new IndexSearcher({ index, store, model, features: featuresOf(settings) })];
    }),
  );
  addRoutes(http, { searchers, metrics: new SearchMetrics(registry), logger });
  return {
    readiness: () => ({ ready: true }),
    run: async (signal) => {
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve());
      });
      for (const part of [...models.values(), ...stores.values()]) await part.close();
    },
  };
}

/** The configuration was checked: every name that an index uses is there. */
function named<T>(parts: ReadonlyMap<string, T>, name: string): T {
  const part = parts.get(name);
  if (part === undefined) throw new Error(`freshet.yaml names "${name}", which it doesn't define`);
  return part;
}

// The runtime reads it when its library is loaded; without it, it reports its use to its maker.
process.env["ORT_DISABLE_TELEMETRY"] ??= "1";

await runService({ name: "search", defaultPort: 8082, environment: process.env, start });
