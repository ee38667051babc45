import { expect, it } from "vitest";
import { leftOver } from "./left-over.js";
import { generation, generationsState } from "./testing/generations.js";

it("leaves what another generation needs: its documents may be an older one's", () => {
  const generations = [generation(1), generation(2, { documents: 1 }), generation(3)];
  const state = generationsState([1, 2, 3], { generations });
  expect(leftOver(state, [1], ["main"])).toEqual({ groups: ["freshet.vector-sink.main.books"], topics: [], keys: [] });
  expect(leftOver(state, [1, 2], ["main"])).toEqual({
    groups: [
      ...["freshet.embedding-transformer.books", "freshet.vector-sink.main.books"],
      "freshet.vector-sink.main.books.2",
    ],
    topics: ["embeddings.books", "dlq.embeddings.books"],
    keys: ["model/books/1"],
  });
  expect(leftOver(state, [3], ["main"])).toMatchObject({ topics: ["embeddings.books.3", "dlq.embeddings.books.3"] });
});
