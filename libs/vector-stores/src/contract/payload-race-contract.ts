import { afterEach, beforeEach, expect, it } from "vitest";
import { StoreUnavailableError } from "../errors.js";
import type { VectorStore } from "../vector-store.js";
import { axis, newCollection, point, withoutVector, write } from "./sample.js";

const ONE = "1".repeat(64);
const OTHER = "2".repeat(64);

/** A payload update is planned by what was read: a late writer may come between. */
export function payloadRaceContract(opened: () => VectorStore): void {
  let store: VectorStore;
  let name: string;
  beforeEach(async ({ skip }) => {
    store = opened();
    skip(!store.capabilities.versionGuard, "can't refuse an older position");
    name = await newCollection(store);
  });
  afterEach(() => (store.capabilities.versionGuard ? store.drop(name) : undefined));

  const first = point({ lsn: 100n, vector: axis(1), text: "one", textHash: ONE });
  const late = point({ lsn: 200n, vector: axis(5), text: "other", textHash: OTHER });
  const back = point({ lsn: 300n, vector: axis(1), text: "one", textHash: ONE, payload: { title: "back" } });
  const beside = point({ key: { id: 2 }, textHash: ONE });
  const nearest = async () => (await store.search(name, { vector: axis(1), k: 1 }))[0];

  it("asks to read again instead of naming another text's vector", async () => {
    await write(store, name, { upserts: [first, beside] });
    await write(store, name, { upserts: [late] });
    const payloads = [back, beside].map(withoutVector);
    await expect(write(store, name, { payloads })).rejects.toThrow(StoreUnavailableError);
    expect((await store.read(name, [late.id])).get(late.id)).toEqual(late.metadata);
    await write(store, name, { upserts: [back] });
    expect(await nearest()).toMatchObject({ ...withoutVector(back), score: expect.closeTo(1, 5) as number });
  });

  it("asks to read again when the point is gone", async () => {
    await write(store, name, { upserts: [first] });
    await write(store, name, { deletes: [{ id: first.id, position: late.metadata.position }] });
    await expect(write(store, name, { payloads: [withoutVector(back)] })).rejects.toThrow(StoreUnavailableError);
    expect(await store.count(name)).toBe(0);
  });

  it("leaves a newer point of another text, and says nothing", async () => {
    const newer = { ...late, metadata: { ...late.metadata, position: { epoch: 1, commitLsn: 300n, seq: 1 } } };
    await write(store, name, { upserts: [newer] });
    await write(store, name, { payloads: [withoutVector(back)] });
    expect((await store.read(name, [late.id])).get(late.id)).toEqual(newer.metadata);
  });
}
