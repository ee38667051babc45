import { expect, it } from "vitest";
import { NO_FEATURES, type CollectionSpec } from "../collection-spec.js";
import { EmptiedPartitions } from "./emptied-partitions.js";

const model = { name: "m", revision: "1", dtype: "fp32", dimensions: 3 };

it("drops each partition that is empty, whatever goes wrong with others, and once", async () => {
  const there = new Map<string, CollectionSpec>(
    ["a", "b", "c"].map((name) => [name, { name, model, distance: "cosine", features: NO_FEATURES, origin: null }]),
  );
  const calls: string[] = [];
  let failures = 2;
  const emptied = new EmptiedPartitions({
    capabilities: { singleProcess: true },
    count: (name) => {
      calls.push(name);
      return there.has(name) ? Promise.resolve(name === "c" ? 1 : 0) : Promise.reject(new Error("no such collection"));
    },
    describe: (name) => Promise.resolve(there.get(name) ?? null),
    drop: (name) => {
      if (name === "b" && failures-- > 0) return Promise.reject(new Error("busy"));
      there.delete(name);
      return Promise.resolve();
    },
  });
  const write = () => emptied.write(() => Promise.resolve("written"));
  emptied.note(["a", "b", "c"]);
  for (let writes = 0; writes < 5; writes += 1) expect(await write()).toBe("written");
  expect([...there.keys()]).toEqual(["c"]);
  expect(calls).toEqual(["a", "b", "c", "b", "b"]);
});
