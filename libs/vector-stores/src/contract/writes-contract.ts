import type { JsonObject, JsonValue } from "@freshet/schemas/lossless-json";
import { formatPosition } from "@freshet/schemas/position";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputRefusedError, StoreUnavailableError } from "../errors.js";
import type { VectorStore } from "../vector-store.js";
import { MODEL, TABLE, axis, newCollection, point, withoutVector, write } from "./sample.js";

/** As the producer counts them: by the clock's seconds. */
const EPOCH = 1_790_000_000;

export function writesContract(opened: () => VectorStore): void {
  let store: VectorStore;
  let name: string;
  beforeEach(async () => {
    store = opened();
    name = await newCollection(store);
  });
  afterEach(() => store.drop(name));

  const lsnOf = async (id: string) => (await store.read(name, [id])).get(id)?.position.commitLsn;

  it("replaces a row by one with fewer chunks", async () => {
    const chunks = [0, 1, 2].map((chunk) => point({ chunk, chunks: 3 }));
    await write(store, name, { upserts: chunks });
    const replaced = point({ chunks: 1, lsn: 200n, text: "shorter", vector: axis(3) });
    const deletes = chunks.slice(1).map(({ id }) => ({ id, position: replaced.metadata.position }));
    await write(store, name, { upserts: [replaced], deletes });
    expect(await store.count(name)).toBe(1);
    const [hit] = await store.search(name, { vector: axis(3), k: 5 });
    expect(hit).toMatchObject({ ...withoutVector(replaced) });
  });

  it("replaces everything but the vector in a payload update", async () => {
    const before = point({ vector: axis(2), payload: { title: "old", gone: 1 } });
    await write(store, name, { upserts: [before] });
    const after = point({ lsn: 300n, text: "new text", payload: { title: "new" }, rowHash: null });
    await write(store, name, { payloads: [withoutVector(after)] });
    const [hit] = await store.search(name, { vector: axis(2), k: 1 });
    expect(hit?.score).toBeCloseTo(1, 5);
    expect(hit).toMatchObject({ ...withoutVector(after) });
    expect(hit?.payload).toEqual({ title: "new" });
  });

  it("makes no point of a payload update for one that isn't there", async () => {
    // Where the store can tell, it asks to read again: see the contract of payload updates.
    await write(store, name, { payloads: [withoutVector(point())] }).catch((error: unknown) => {
      expect(error).toBeInstanceOf(StoreUnavailableError);
    });
    expect(await store.count(name)).toBe(0);
  });

  it("deletes points, also those that aren't there or whose delete has no position", async () => {
    const [one, two, three] = [point({ key: { id: 1 } }), point({ key: { id: 2 } }), point({ key: { id: 3 } })];
    await write(store, name, { upserts: [one, two, three] });
    const position = { epoch: 1, commitLsn: 200n, seq: 0 };
    const deletes = [
      { id: one.id, position },
      { id: two.id, position: null },
      { id: point({ key: { id: 99 } }).id, position },
    ];
    await write(store, name, { deletes });
    await write(store, name, { deletes });
    expect([...(await store.read(name, [one.id, two.id, three.id])).keys()]).toEqual([three.id]);
  });

  it("takes the same batch again", async () => {
    const upserts = [point({ key: { id: 1 } }), point({ key: { id: 2 } })];
    await write(store, name, { upserts });
    await write(store, name, { upserts });
    expect(await store.count(name)).toBe(2);
  });

  it("deletes what is older, of one partition of one table", async () => {
    const kept = [
      point({ key: { id: "equal" }, lsn: 500n }),
      point({ key: { id: "newer" }, lsn: 501n }),
      point({ key: { id: "other partition" }, lsn: 1n, partition: 1 }),
      point({ key: { id: "other table" }, lsn: 1n, table: "public.\"Bücher\\'" }),
    ];
    const older = [point({ key: { id: "older" }, lsn: 499n }), point({ key: { id: "oldest" }, lsn: 9n })];
    await write(store, name, { upserts: [...kept, ...older] });
    const position = { epoch: 1, commitLsn: 500n, seq: 0 };
    await store.deleteOlder(name, { table: TABLE, partition: 0, position }, () => undefined);
    const ids = [...kept, ...older].map(({ id }) => id);
    expect(new Set((await store.read(name, ids)).keys())).toEqual(new Set(kept.map(({ id }) => id)));
  });

  it("orders positions by epoch, then LSN, then seq, beyond 32 bits", async () => {
    const at = (later: number, commitLsn: bigint, seq: number) => {
      const position = { epoch: EPOCH + later, commitLsn, seq };
      const made = point({ key: { id: formatPosition(position) } });
      return { ...made, metadata: { ...made.metadata, position } };
    };
    const large = 2n ** 52n;
    const older = [at(1, large + 9n, 9), at(2, large - 1n, 9), at(2, large, 4), at(2, 7n, 5)];
    const kept = [at(2, large, 5), at(2, large, 6), at(2, large + 1n, 0), at(3, 1n, 0)];
    await write(store, name, { upserts: [...older, ...kept] });
    const { position } = at(2, large, 5).metadata;
    await store.deleteOlder(name, { table: TABLE, partition: 0, position }, () => undefined);
    const stored = await store.read(
      name,
      [...older, ...kept].map(({ id }) => id),
    );
    expect(stored).toEqual(new Map(kept.map(({ id, metadata }) => [id, metadata])));
  });

  it("asks before each write, and writes nothing after a no", async () => {
    const fenced = () => {
      throw new Error("fenced");
    };
    await expect(store.apply(name, { upserts: [point()], payloads: [], deletes: [] }, fenced)).rejects.toThrow(
      "fenced",
    );
    expect(await store.count(name)).toBe(0);
  });

  it("takes batches out of order and again, and ends where the newest is", async ({ skip }) => {
    skip(!store.capabilities.versionGuard, "can't refuse an older position");
    const versions = [3n, 1n, 4n, 1n, 2n, 4n, 3n].map((lsn) =>
      [0, 1, 2].map((id) => point({ key: { id }, lsn, text: `version ${lsn}` })),
    );
    const texts = async () => (await store.search(name, { vector: axis(0), k: 9 })).map(({ text }) => text);
    for (const upserts of versions) await write(store, name, { upserts });
    expect(await texts()).toEqual(Array(3).fill("version 4"));
    for (const upserts of versions) await write(store, name, { payloads: upserts.map(withoutVector) });
    expect(await texts()).toEqual(Array(3).fill("version 4"));
  });

  describe("of what can't be stored", () => {
    const refusedBy = async (parts: Parameters<typeof write>[2]) => {
      const error = await write(store, name, parts).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InputRefusedError);
      return error as InputRefusedError;
    };

    it("refuses a vector that doesn't fit", async () => {
      const wrong = point({ vector: new Float32Array(DIFFERENT) });
      expect((await refusedBy({ upserts: [wrong] })).message).toMatch(/dimension/);
      expect(await store.count(name)).toBe(0);
    });

    it.each([NaN, Infinity, -Infinity])("refuses a vector with %d", async (part) => {
      const vector = axis(1);
      vector[3] = part;
      expect((await refusedBy({ upserts: [point({ vector })] })).message).toMatch(/ .* /);
      expect(await store.count(name)).toBe(0);
    });

    it("names the points of a batch that it refuses", async ({ skip }) => {
      skip(!store.capabilities.namesRefused, "can't name the points that it refuses");
      const wrong = [
        point({ key: { id: "short" }, vector: new Float32Array(DIFFERENT - 2) }),
        point({ key: { id: "not a number" }, vector: axis(1).map(() => NaN) }),
      ];
      const others = Array.from({ length: 900 }, (_, id) => point({ key: { id } }));
      const { ids } = await refusedBy({ upserts: [...wrong.slice(0, 1), ...others, ...wrong.slice(1)] });
      expect(ids).toEqual(wrong.map(({ id }) => id));
      await write(store, name, { upserts: others });
      expect(await store.count(name)).toBe(900);
    });

    it.each([
      ["a null character in the text", { text: "a\0b" }],
      ["a null character in a column", { payload: { title: "a\0b" } }],
      ["a null character in a column's name", { payload: { "a\0b": 1 } }],
      ["half a character in a column", { payload: { title: "a\ud83d" } }],
      ["a megabyte of text", { text: "wörd ".repeat(200_000) }],
      ["a column that is a thousand lists deep", { payload: { deep: nested(1_000) } }],
      [
        "a name of Object's own as a column",
        { payload: JSON.parse('{"__proto__": 1, "constructor": 2}') as JsonObject },
      ],
    ])("takes %s, or refuses that point with a sentence", async (_what, options) => {
      const hostile = point({ key: { id: "hostile" }, ...options });
      const other = point({ key: { id: "other" } });
      const refusal = await write(store, name, { upserts: [other, hostile] }).catch((error: unknown) => error);
      if (refusal === undefined) {
        const [hit] = await store.search(name, { vector: hostile.vector, k: 1 });
        expect(hit).toMatchObject({ ...withoutVector(hostile) });
        return;
      }
      expect(refusal).toBeInstanceOf(InputRefusedError);
      const { ids, message } = refusal as InputRefusedError;
      expect(message).toMatch(/ .* /);
      if (store.capabilities.namesRefused) expect(ids).toEqual([hostile.id]);
      await write(store, name, { upserts: [other] });
      expect(await store.count(name)).toBe(1);
    });
  });

  it("keeps what others hold while it takes ten thousand points", async () => {
    const upserts = Array.from({ length: 10_000 }, (_, id) => point({ key: { id } }));
    await write(store, name, { upserts });
    expect(await store.count(name)).toBe(10_000);
    const deletes = upserts.slice(0, 4_000).map(({ id, metadata: { position } }) => ({ id, position }));
    await write(store, name, { deletes, payloads: upserts.slice(4_000).map(withoutVector) });
    expect(await store.count(name)).toBe(6_000);
    expect(
      (
        await store.read(
          name,
          upserts.map(({ id }) => id),
        )
      ).size,
    ).toBe(6_000);
  });

  describe("of an older position", () => {
    it("leaves the newer point, where the store guards versions", async ({ skip }) => {
      skip(!store.capabilities.versionGuard, "can't refuse an older position");
      const newer = point({ lsn: 500n, vector: axis(1), text: "newer" });
      await write(store, name, { upserts: [newer] });
      await write(store, name, { upserts: [point({ lsn: 499n }), point({ key: { id: 2 }, lsn: 499n })] });
      await write(store, name, { payloads: [withoutVector(point({ lsn: 499n, text: "older" }))] });
      await write(store, name, { deletes: [{ id: newer.id, position: { epoch: 1, commitLsn: 499n, seq: 9 } }] });
      const [hit] = await store.search(name, { vector: axis(1), k: 1 });
      expect(hit).toMatchObject({ ...withoutVector(newer) });
      expect(await store.count(name)).toBe(2);
      await write(store, name, { deletes: [{ id: newer.id, position: newer.metadata.position }] });
      expect(await lsnOf(newer.id)).toBeUndefined();
    });

    it("writes over an equal or older one", async () => {
      await write(store, name, { upserts: [point({ lsn: 500n })] });
      await write(store, name, { upserts: [point({ lsn: 500n, text: "again" })] });
      await write(store, name, { upserts: [point({ lsn: 501n, text: "again" })] });
      await write(store, name, { payloads: [withoutVector(point({ lsn: 501n, text: "payload" }))] });
      expect(await lsnOf(point().id)).toBe(501n);
    });
  });
}

const DIFFERENT = MODEL.dimensions + 1;

function nested(depth: number): JsonValue {
  let value: JsonValue = [];
  for (let made = 1; made < depth; made += 1) value = [value];
  return value;
}
