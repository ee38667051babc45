import { startVitest, type TestCase } from "vitest/node";
import { renderTable, type Outcome } from "./table.js";

/** As `describeVectorStore` names them. */
const STORE = /^(.+) as a vector store$/;
/** By the folders of their adapters. Where a server's address is asked for and isn't given, nothing of a store is run. */
const STORES = {
  qdrant: "Qdrant",
  pgvector: "pgvector",
  zvec: "zvec",
  chroma: "Chroma",
  weaviate: "Weaviate",
  milvus: "Milvus",
  pinecone: "Pinecone",
};
const TESTS = Object.keys(STORES).map((kind) => `libs/vector-stores/src/${kind}/store.${kind}.`);

/** The names of the groups that a test stands in, the outermost first. */
function groupsOf(test: TestCase): string[] {
  const names: string[] = [];
  for (let group = test.parent; group.type === "suite"; group = group.parent) names.unshift(group.name);
  return names;
}

function outcomeOf(test: TestCase): Outcome[] {
  const groups = groupsOf(test);
  const place = groups.findIndex((name) => STORE.test(name));
  const store = STORE.exec(groups[place] ?? "")?.[1];
  const part = groups[place + 1];
  if (store === undefined || part === undefined) return [];
  const result = test.result();
  const state = result.state === "pending" ? "skipped" : result.state;
  return [{ store, part, state, ...(result.state === "skipped" ? { note: result.note } : {}) }];
}

const vitest = await startVitest("test", TESTS, { run: true, project: ["servers"], reporters: ["dot"] });
const outcomes = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()].flatMap(outcomeOf));
await vitest.close();
console.log(`\n${renderTable(Object.values(STORES), outcomes)}`);
