import { expect, it } from "vitest";
import { StoreUnavailableError } from "../errors.js";
import { Freshness } from "./freshness.js";

const written = (lsn: number) => new Headers({ "x-pinecone-request-lsn": String(lsn) });
const indexed = (lsn: number) => new Headers({ "x-pinecone-max-indexed-lsn": String(lsn) });

it("asks until what was written is seen, and then no more", async () => {
  const freshness = new Freshness();
  const seen = [5, 9, 10];
  let asked = 0;
  const query = () => {
    freshness.observe("a", indexed(seen[asked++] ?? 99));
    return Promise.resolve();
  };
  await freshness.settled("a", query, 0);
  expect(asked).toBe(0);
  freshness.observe("a", written(10));
  freshness.observe("a", written(8));
  freshness.observe("b", written(1_000));
  await freshness.settled("a", query, 10_000);
  await freshness.settled("a", query, 10_000);
  expect(asked).toBe(3);
});

it("goes on without numbers, and gives up in time", async () => {
  const freshness = new Freshness();
  freshness.observe("a", written(10));
  await freshness.settled("a", () => Promise.resolve(), 0);
  freshness.observe("a", indexed(9));
  const behind = freshness.settled("a", () => Promise.resolve(), 0);
  await expect(behind).rejects.toThrow(StoreUnavailableError);
});
