import fc from "fast-check";
import { expect, it } from "vitest";
import { decodePgoutput, UNCHANGED, type Relation, type Tuple, type TupleValue } from "./pgoutput.js";

function int(value: number, bytes: 1 | 2 | 4): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}

function encodeValue(value: TupleValue): Buffer {
  if (value === null) return Buffer.from("n");
  if (value === UNCHANGED) return Buffer.from("u");
  return Buffer.concat([Buffer.from("t"), int(Buffer.byteLength(value), 4), Buffer.from(value)]);
}

function encodeTuple(tuple: Tuple): Buffer {
  return Buffer.concat([int(tuple.length, 2), ...tuple.map(encodeValue)]);
}

function encodeRelation({ oid, schema, name, columns }: Relation): Buffer {
  const parts = columns.map((column) =>
    Buffer.concat([
      int(column.identity ? 1 : 0, 1),
      text(column.name),
      int(column.typeOid, 4),
      int(column.typeModifier >>> 0, 4),
    ]),
  );
  return Buffer.concat([
    Buffer.from("R"),
    int(oid, 4),
    text(schema),
    text(name),
    Buffer.from("d"),
    int(columns.length, 2),
    ...parts,
  ]);
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

const oid = fc.nat(0xffffffff);
const unicode = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ maxLength: 50 }), fc.string({ size: "large" }));
const tuple = fc.array(fc.oneof(unicode, fc.constant(null), fc.constant(UNCHANGED)), { maxLength: 20 });
const name = fc.string({ unit: "grapheme", minLength: 1 }).filter((value) => !value.includes("\0"));
const column = fc.record({
  name,
  typeOid: oid,
  typeModifier: fc.integer({ min: -1, max: 0x7fffffff }),
  identity: fc.boolean(),
});

it("reads rows with whatever text, nulls and unchanged values they have", () => {
  fc.assert(
    fc.property(oid, tuple, tuple, fc.constantFrom("K", "O"), (oid, old, row, kind) => {
      const insert = Buffer.concat([Buffer.from("I"), int(oid, 4), Buffer.from("N"), encodeTuple(row)]);
      expect(decodePgoutput(insert)).toEqual({ kind: "insert", oid, tuple: row });

      const oldTuple = { kind: kind === "K" ? "key" : "full", tuple: old };
      const oldPart = Buffer.concat([Buffer.from(kind), encodeTuple(old)]);
      const update = Buffer.concat([Buffer.from("U"), int(oid, 4), oldPart, Buffer.from("N"), encodeTuple(row)]);
      expect(decodePgoutput(update)).toEqual({ kind: "update", oid, old: oldTuple, tuple: row });
      const plain = Buffer.concat([Buffer.from("U"), int(oid, 4), Buffer.from("N"), encodeTuple(row)]);
      expect(decodePgoutput(plain)).toEqual({ kind: "update", oid, old: null, tuple: row });

      const deletion = Buffer.concat([Buffer.from("D"), int(oid, 4), oldPart]);
      expect(decodePgoutput(deletion)).toEqual({ kind: "delete", oid, old: oldTuple });
    }),
  );
});

it("reads what a table looks like", () => {
  fc.assert(
    fc.property(oid, name, name, fc.array(column), (oid, schema, table, columns) => {
      const relation = { oid, schema, name: table, columns };
      expect(decodePgoutput(encodeRelation(relation))).toEqual({ kind: "relation", relation });
    }),
  );
});

it("refuses a message that is cut short, wherever that is", () => {
  const relation = {
    oid: 1,
    schema: "public",
    name: "books",
    columns: [{ name: "id", typeOid: 23, typeModifier: -1, identity: true }],
  };
  const messages = [
    encodeRelation(relation),
    Buffer.concat([Buffer.from("I"), int(1, 4), Buffer.from("N"), encodeTuple(["a", null, "ü"])]),
    Buffer.from("42" + "00".repeat(20), "hex"),
    Buffer.from("43" + "00".repeat(25), "hex"),
    Buffer.from("540000000100000000ff", "hex"),
  ];
  for (const message of messages) {
    expect(() => decodePgoutput(message)).not.toThrow();
    // The commit's time stamp, at its end, isn't read.
    const needed = message[0] === 0x43 ? 18 : message.length;
    for (let length = 0; length < needed; length++) {
      expect(() => decodePgoutput(message.subarray(0, length))).toThrow(RangeError);
    }
  }
});

it("refuses a message that it doesn't know", () => {
  expect(() => decodePgoutput(Buffer.from("S"))).toThrow('unknown pgoutput message "S"');
});
