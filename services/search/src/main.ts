import { openWhenReachable } from "@freshet/embeddings/open-when-reachable";
import { runService, type Service, type ServiceContext } from "@freshet/process/run-service";
import { CollectionLooks } from "./collection-looks.js";
import { IndexSearcher } from "./index-searcher.js";
import { ModelPool } from "./model-pool.js";
import { openStores } from "./open-stores.js";
import { addRoutes } from "./routes.js";
import { SearchMetrics } from "./search-metrics.js";

async function start({ configuration, environment, logger, registry, http }: ServiceContext): Promise<Service> {
  const onTrouble = (reason: string) => logger.warn(reason);
  const models = new ModelPool({
    open: (settings, waiting) => openWhenReachable(settings, environment, waiting),
    onTrouble,
  });
  const stores = await openStores(configuration, environment);
  const searchers = new Map(
    Object.entries(configuration.indexes).map(
      ([
        index,
        {
          stores: [name = ""],
        },
      ]) => {
        const store = stores.get(name);
        if (store === undefined) throw new Error(`freshet.yaml names "${name}", which it doesn't define`);
        return [index, new IndexSearcher({ configuration, index, store, models })];
      },
    ),
  );
  const looks = new CollectionLooks({ searchers, models, onTrouble });
  await looks.first();
  addRoutes(http, { searchers, metrics: new SearchMetrics(registry), logger });
  return {
    readiness: () => ({ ready: true }),
    run: async (signal) => {
      await looks.run(signal);
      for (const part of [models, ...stores.values()]) await part.close();
    },
  };
}

// The runtime reads it when its library is loaded; without it, it reports its use to its maker.
process.env["ORT_DISABLE_TELEMETRY"] ??= "1";

await runService({ name: "search", defaultPort: 8082, environment: process.env, start });
