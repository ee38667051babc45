import { expect, it } from "vitest";
import { loadMilvusWords } from "./words.js";

it("joins a text's words without endings and stop words, as often as they come", async () => {
  const words = await loadMilvusWords("english");
  expect(words("The libraries, and the LIBRARY!")).toBe("librari librari");
  expect(words("?! … the")).toBe("");
});

it("knows other scripts, and accents written apart", async () => {
  const words = await loadMilvusWords("none");
  expect(words("Un cafe\u0301")).toBe(words("un CAFÉ"));
  expect(words("图书馆")).toBe("图书 书馆");
});

it("ends where Milvus does", async () => {
  const words = (await loadMilvusWords("none"))("ab ".repeat(40_000));
  expect(Buffer.byteLength(words)).toBeLessThanOrEqual(65_535);
  expect(words).toMatch(/^(ab )+ab$/);
});
