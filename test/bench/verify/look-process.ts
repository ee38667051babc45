import { IndexRows } from "@freshet/admin/verify/index-rows";
import { TableRows } from "@freshet/admin/verify/table-rows";
import { verifyIndex } from "@freshet/admin/verify/verify-index";
import { openPgvectorStore } from "@freshet/vector-stores/pgvector/store";
import type { SearchableStore } from "@freshet/vector-stores/vector-store";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import pg from "pg";
import { peakResident } from "../cdc/memory.js";
import { BackendCpu } from "./backend-cpu.js";
import type { LookOrder, LookResult } from "./looking.js";
import { compareNaively } from "./naive.js";
import { describeTable, INDEX } from "./source-table.js";

const [order] = (await once(process, "message")) as [LookOrder];
process.send?.(await look(order));

async function look({ way, url, schema }: LookOrder): Promise<LookResult> {
  const store = openPgvectorStore({ url, schema });
  const name = `bench ${randomUUID()}`;
  const address = { connectionString: url, applicationName: name };
  try {
    const { compare, close } = way === "sums" ? await openSums(store, address) : await openNaive(store, address);
    try {
      const cpu = await BackendCpu.of(url, name);
      const started = performance.now();
      const counts = await compare();
      const seconds = (performance.now() - started) / 1000;
      return { seconds, counts, sourceCpu: cpu.used(), peakMemory: peakResident(process.pid) };
    } finally {
      await close();
    }
  } finally {
    await store.close();
  }
}

interface Address {
  readonly connectionString: string;
  readonly applicationName: string;
}

async function openSums(store: SearchableStore, address: Address) {
  const { table, rules } = describeTable();
  const source = await TableRows.open({ address, source: table, rules });
  const index = new IndexRows({ store, index: INDEX, collection: INDEX });
  const compare = async () => {
    const { counts } = await verifyIndex({
      ...{ source, index, repair: null, deep: null, onProgress: () => undefined },
      // Nothing is under way.
      passed: () => Promise.resolve(),
    });
    return counts;
  };
  return { compare, close: () => source.close() };
}

async function openNaive(store: SearchableStore, { connectionString, applicationName }: Address) {
  const client = new pg.Client({ connectionString, application_name: applicationName });
  await client.connect();
  return { compare: () => compareNaively(client, store), close: () => client.end() };
}
