import { afterAll, beforeAll, describe } from "vitest";
import type { VectorStore } from "../vector-store.js";
import { collectionsContract } from "./collections-contract.js";
import { filtersContract } from "./filters-contract.js";
import { hybridContract } from "./hybrid-contract.js";
import { payloadRaceContract } from "./payload-race-contract.js";
import { readsContract } from "./reads-contract.js";
import { searchContract } from "./search-contract.js";
import { secondWriterContract } from "./second-writer-contract.js";
import { writesContract } from "./writes-contract.js";

/**
 * What each adapter must do, against the real store. `open` gives one that no other test run uses; when it is called
 * again, what it gives has the same collections.
 */
export function describeVectorStore(name: string, open: () => Promise<VectorStore>): void {
  describe(`${name} as a vector store`, () => {
    let store: VectorStore | undefined;
    const opened = () => {
      if (!store) throw new Error("the store isn't open");
      return store;
    };
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store?.close());
    describe("collections", () => collectionsContract(opened, open));
    describe("writes", () => writesContract(opened));
    describe("payload updates beside a late writer", () => payloadRaceContract(opened));
    describe("beside a second writer", () => secondWriterContract(opened, open));
    describe("reads", () => readsContract(opened));
    describe("searches", () => searchContract(opened));
    describe("filters", () => filtersContract(opened));
    describe("hybrid searches", () => hybridContract(opened));
  });
}
