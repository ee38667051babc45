import { expect, it } from "vitest";
import { parseKeys, parseKeysFile } from "./row-keys.js";
import { snapshotCommands } from "./snapshot-request.js";

const context = {
  slot: "freshet",
  tables: [
    { schema: "public", name: "books" },
    { schema: "my schema", name: "a.b" },
  ],
  newId: () => "id",
  now: 5,
};
const whole = { table: null, where: null, keys: null };

it("asks for every configured table when none is named", () => {
  expect(snapshotCommands(whole, context)).toEqual([
    { kind: "snapshot", slot: "freshet", id: "id", table: "public.books", where: null, keys: null, requestedAt: 5 },
    {
      kind: "snapshot",
      slot: "freshet",
      id: "id",
      table: '"my schema"."a.b"',
      where: null,
      keys: null,
      requestedAt: 5,
    },
  ]);
});

it("finds a table by its quoted name, and refuses another with those that there are", () => {
  const [command] = snapshotCommands({ ...whole, table: '"my schema"."a.b"' }, context);
  expect(command?.table).toBe('"my schema"."a.b"');
  for (const table of ["public.shelves", "books"]) {
    expect(() => snapshotCommands({ ...whole, table }, context)).toThrow(
      `${table} is not among source.tables, which are: public.books, "my schema"."a.b".`,
    );
  }
});

it("refuses a condition without a table, one beside keys, and one that says nothing", () => {
  expect(() => snapshotCommands({ ...whole, where: "id > 3" }, context)).toThrow("name it, one of public.books");
  expect(() => snapshotCommands({ table: "public.books", where: "id > 3", keys: [{ id: 1 }] }, context)).toThrow(
    "not by both",
  );
  for (const where of ["", " \n"]) {
    expect(() => snapshotCommands({ table: "public.books", where, keys: null }, context)).toThrow("--where is empty");
  }
});

it("cuts many keys into commands that a broker takes, and loses none", () => {
  const keys = Array.from({ length: 50_000 }, (_, id) => ({ id, name: "x".repeat(10) }));
  const commands = snapshotCommands({ table: "public.books", where: null, keys }, context);
  expect(commands.length).toBeGreaterThan(3);
  expect(commands.flatMap((command) => command.keys)).toEqual(keys);
  for (const command of commands) expect(JSON.stringify(command).length).toBeLessThan(500_000);
  const tooMany = Array.from({ length: 300_000 }, (_, id) => ({ id, name: "x".repeat(20) }));
  expect(() => snapshotCommands({ table: "public.books", where: null, keys: tooMany }, context)).toThrow(
    "more than 8 MB",
  );
});

it("reads keys from arguments, lines and an array, exactly", () => {
  expect(parseKeys(['{"id": 9007199254740993}'])).toEqual([{ id: 9007199254740993n }]);
  expect(parseKeysFile('{"id": 1}\n\n{"id": 2}\n', "keys")).toEqual([{ id: 1 }, { id: 2 }]);
  expect(parseKeysFile(' [{"id": 1}, {"id": 2}]', "keys")).toEqual([{ id: 1 }, { id: 2 }]);
});

it.each([
  [() => parseKeys(["42"]), 'The key 42 is no JSON object with the key\'s columns: expected one such as {"id": 42}.'],
  [() => parseKeys(["{id: 42}"]), "The key {id: 42} is not JSON"],
  [() => parseKeysFile('{"id": 1}\n{}', "keys"), "keys:2 is no JSON object"],
  [() => parseKeysFile('[{"id": 1}, 2]', "keys"), "Key 2 in keys is no JSON object"],
  [() => parseKeysFile("\n", "keys"), "There are no keys in keys"],
])("refuses what is no key (%#)", (parse, message) => {
  expect(parse).toThrow(message);
});
