/** What is done to `books (id, title, pages, note)`, in this order. */
interface Operation {
  readonly name: string;
  readonly sql: string;
}

const LONG = "repeat('0123456789', 1000)";

/** The first is done before anybody reads the table. */
export const OPERATIONS: readonly Operation[] = [
  { name: "snapshot", sql: "INSERT INTO books VALUES (0, 'zero', NULL, '')" },
  { name: "insert", sql: "INSERT INTO books VALUES (1, 'one', 10, NULL)" },
  { name: "update", sql: "UPDATE books SET title = 'uno' WHERE id = 1" },
  { name: "update of the key", sql: "UPDATE books SET id = 2 WHERE id = 1" },
  { name: "delete", sql: "DELETE FROM books WHERE id = 2" },
  { name: "insert of a long value", sql: `INSERT INTO books VALUES (3, 'three', 30, ${LONG})` },
  { name: "update that leaves a long value as it was", sql: "UPDATE books SET title = 'tres' WHERE id = 3" },
  { name: "truncate", sql: "TRUNCATE books" },
  {
    name: "insert under REPLICA IDENTITY FULL",
    sql: `ALTER TABLE books REPLICA IDENTITY FULL; INSERT INTO books VALUES (4, 'four', 40, ${LONG})`,
  },
  { name: "update under REPLICA IDENTITY FULL", sql: "UPDATE books SET title = 'cuatro' WHERE id = 4" },
  { name: "delete under REPLICA IDENTITY FULL", sql: "DELETE FROM books WHERE id = 4" },
];

/** Marks the end of an operation's messages: a row of this number and above is nobody's. */
export const FIRST_MARK = 1000;
