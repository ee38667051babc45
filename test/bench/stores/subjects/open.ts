import { env } from "node:process";
import type { Subject } from "../subject.js";
import { openChroma } from "./chroma.js";
import { startBenchPostgres } from "../../bench-postgres.js";
import { openPgvector } from "./pgvector.js";
import { openQdrant } from "./qdrant.js";
import { openZvec } from "./zvec.js";

type Open = (onProgress: (message: string) => void) => Promise<Subject>;

/** Each opens its store on a server of its own, or on the one that the environment names. */
export const SUBJECTS: Readonly<Record<string, Open>> = {
  zvec: openZvec,
  chroma: openChroma,
  pgvector: async (onProgress) => {
    const url = env["FRESHET_PGVECTOR_URL"];
    if (url) return openPgvector(url, () => Promise.resolve());
    const server = await startBenchPostgres(onProgress);
    return openPgvector(server.url, () => server.stop());
  },
  qdrant: (): Promise<Subject> => {
    const url = env["FRESHET_QDRANT_URL"];
    if (!url) return Promise.reject(new Error("FRESHET_QDRANT_URL names none"));
    return openQdrant({ url, apiKey: env["FRESHET_QDRANT_API_KEY"] });
  },
};
