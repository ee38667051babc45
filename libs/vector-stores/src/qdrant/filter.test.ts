import { expect, it } from "vitest";
import { notNewerThan } from "./filter.js";

const position = { epoch: 2, commitLsn: 70n, seq: 3 };
const notNewer = [
  { key: "_freshet.epoch", range: { lt: 2 } },
  {
    must: [
      { key: "_freshet.epoch", range: { gte: 2, lte: 2 } },
      { key: "_freshet.lsn", range: { lt: 70 } },
    ],
  },
  {
    must: [
      { key: "_freshet.epoch", range: { gte: 2, lte: 2 } },
      { key: "_freshet.lsn", range: { gte: 70, lte: 70 } },
      { key: "_freshet.seq", range: { lte: 3 } },
    ],
  },
  { is_empty: { key: "_freshet.lsn" } },
];

it("lets older, equal and unversioned points through, point by point", () => {
  expect(notNewerThan([{ id: "a", position }])).toEqual({ must: [{ has_id: ["a"] }], should: notNewer });
});

it("makes one clause for all points of one position, and one for those without", () => {
  const other = { ...position, seq: 4 };
  const filter = notNewerThan([
    { id: "a", position },
    { id: "b", position: other },
    { id: "c", position: null },
    { id: "d", position: { ...position } },
  ]);
  expect(filter.should).toMatchObject([
    { must: [{ has_id: ["a", "d"] }], should: notNewer },
    { must: [{ has_id: ["b"] }] },
    { must: [{ has_id: ["c"] }] },
  ]);
});
