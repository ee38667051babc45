import { nearest } from "./neighbours.js";
import { K, type Questions } from "./search.js";
import { clusteredVectors, row } from "./vectors.js";

const FILTERS = [
  { name: "", field: null, values: 1 },
  { name: ", filter 10 %", field: "tenth", values: 10 },
  { name: ", filter 1 %", field: "hundredth", values: 100 },
] as const;

/** The same questions for each store; the truth is looked for once. */
export function questionsAbout(vectors: Float32Array, queries: number, seed: number): Questions[] {
  const asked = clusteredVectors(queries, seed);
  const places = Array.from({ length: queries }, (_, query) => query);
  return FILTERS.map(({ name, field, values }) => {
    const valueOf = (query: number) => query % values;
    return {
      name,
      filter: field === null ? null : (query) => ({ field, equals: valueOf(query) }),
      vectors: places.map((query) => row(asked, query)),
      nearest: places.map((query) =>
        nearest(row(asked, query), vectors, K, (place) => place % values === valueOf(query)),
      ),
    };
  });
}
