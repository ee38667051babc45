import { expect, it } from "vitest";
import { loadWeaviateWords } from "./words.js";

it("joins a text's words without endings and stop words, as often as they come", async () => {
  const words = await loadWeaviateWords("english");
  expect(words("The libraries, and the LIBRARY!")).toBe("librari librari");
  expect(words("?! … the")).toBe("");
});
