import { expect, it } from "vitest";
import { loadBm25 } from "../bm25/bm25.js";
import { storedTerms } from "./terms.js";

it("keeps of a text with very many words those that weigh most, as many as a sparsevec has", async () => {
  const bm25 = await loadBm25("none");
  const text = `${Array.from({ length: 20_000 }, (_, number) => `word${number}`).join(" ")} often often often`;
  const { terms, weights } = storedTerms(bm25, text);
  expect(terms.split(",")).toHaveLength(16_000);
  expect(weights.split(",")).toHaveLength(16_000);
  const often = bm25.query("often").map((id) => (id % 1_000_000_000) + 1);
  expect(terms.startsWith(`{${often.join()},`)).toBe(true);
});
