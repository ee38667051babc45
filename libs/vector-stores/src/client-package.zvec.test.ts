import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";

/** Node's own resolver, in all threads of a process, which looks for one package where there is none. */
function without(name: string): string {
  const lookElsewhere = `export const resolve = (specifier, context, next) =>
    next(specifier, specifier === "${name}" ? { ...context, parentURL: "file:///" } : context)`;
  return moduleOf(`
    import { register } from "node:module";
    register(${JSON.stringify(moduleOf(lookElsewhere))});
  `);
}

function moduleOf(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

const OPEN = `
  const [dist, kind, directory] = process.argv.slice(1);
  const { openStore } = await import(dist + "/open-store.js");
  const url = "http://127.0.0.1:1";
  const pgvectorUrl = "postgres://127.0.0.1:1/none";
  const server = { url, grpcUrl: url, apiKey: "key" };
  const places = { qdrant: server, pgvectorUrl, zvec: { url, directory }, chroma: server, milvus: server, pinecone: server };
  const opened = openStore({ kind }, { name: "main", places }).then((store) => store.check());
  console.log(String(await opened.catch((error) => error)));
  process.exit();
`;

it.each([
  ["qdrant", "@qdrant/js-client-rest"],
  ["pgvector", "pg"],
  ["zvec", "@zvec/zvec"],
  ["chroma", "chromadb"],
  ["milvus", "@zilliz/milvus2-sdk-node"],
  ["pinecone", "@pinecone-database/pinecone"],
])("says how to get the client of %s where it isn't installed", async (kind, name) => {
  const directory = await mkdtemp(join(tmpdir(), "freshet-missing-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const dist = new URL("../dist", import.meta.url).href;
  const { stdout } = await promisify(execFile)(
    execPath,
    ["--input-type=module", "--eval", OPEN, dist, kind, directory],
    { env: { ...env, NODE_OPTIONS: `--import ${without(name)}` } },
  );
  expect(stdout).toContain("MissingClientError: This store's client isn't installed");
  expect(stdout).toContain(`STORE_CLIENTS="${name}"`);
});
