import { stat } from "node:fs/promises";
import type { Configuration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";
import type { Finding } from "@freshet/postgres/finding";
import { checkPgvector } from "./check-pgvector.js";

const TIMEOUT_MS = 5_000;

/** Whether each store answers; the sink answers for the zvec store that it owns. Never throws. */
export async function checkStores({ stores }: Configuration, environment: Environment): Promise<Finding[]> {
  return Promise.all(
    Object.entries(stores).map(async ([name, { kind }]) => {
      const check = `store ${name}`;
      switch (kind) {
        case "qdrant": {
          const { url, apiKey } = environment.qdrant;
          const headers = apiKey === undefined ? {} : { "api-key": apiKey };
          const trouble = await askFor(`${url}/collections`, headers);
          if (trouble === null) return { check, ok: true, says: `Qdrant answers at ${url}.` } as const;
          const says = `Qdrant at ${url} ${trouble}: start it, or set FRESHET_QDRANT_URL and FRESHET_QDRANT_API_KEY.`;
          return { check, ok: false, says } as const;
        }
        case "pgvector":
          return checkPgvector(check, environment.pgvectorUrl);
        case "zvec": {
          const { url } = environment.zvec;
          const trouble = await askFor(`${url}/health/live`, {});
          if (trouble === null)
            return { check, ok: true, says: `The sink that owns the zvec store answers at ${url}.` } as const;
          const says = `The sink that owns the zvec store at ${url} ${trouble}: start the vector-sink, or set FRESHET_ZVEC_URL.`;
          return { check, ok: "warning", says } as const;
        }
        default:
          return kind satisfies never;
      }
    }),
  );
}

/** @returns what is wrong, or null. */
async function askFor(url: string, headers: Record<string, string>): Promise<string | null> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body?.cancel();
    return response.ok ? null : `answers with status ${response.status}`;
  } catch {
    return "doesn't answer";
  }
}

export async function checkModelFolder({ modelDirectory, modelCache }: Environment): Promise<Finding> {
  const check = "models";
  if (modelDirectory === undefined)
    return { check, ok: true, says: `They are fetched from the hub, and kept in ${modelCache}.` };
  const found = await stat(modelDirectory).catch(() => null);
  return found?.isDirectory() === true
    ? { check, ok: true, says: `They are in ${modelDirectory}.` }
    : {
        check,
        ok: false,
        says: `${modelDirectory} is no folder: set FRESHET_MODEL_DIR to one with models, or unset it.`,
      };
}
