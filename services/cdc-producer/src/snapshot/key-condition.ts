import type { KeyColumn } from "@freshet/postgres/key-order";
import { quoteIdentifier } from "@freshet/postgres/session";

/** The parameter of each of the key's columns: `$1`, `$2`, … */
function parameters(key: readonly KeyColumn[], first: number): string[] {
  return key.map(({ type }, place) => `$${first + place}::${type}`);
}

/**
 * SQL: the row's key is behind the one in the parameters. A row comparison has one operator for all columns, so it can
 * only be had where they share it; the other form says the same, and an index over the key finds its first row too.
 */
export function behind(key: readonly KeyColumn[], firstParameter: number): string {
  const values = parameters(key, firstParameter);
  const names = key.map(({ name }) => quoteIdentifier(name));
  const [leading] = key;
  if (leading === undefined) throw new RangeError("a key has at least one column");
  if (key.every(({ above }) => above === leading.above)) {
    return `(${names.join(", ")}) ${leading.above} (${values.join(", ")})`;
  }
  const alternatives = key.map((column, place) => {
    const equal = key.slice(0, place).map((before, at) => `${names[at] ?? ""} ${before.equal} ${values[at] ?? ""}`);
    return `(${[...equal, `${names[place] ?? ""} ${column.above} ${values[place] ?? ""}`].join(" AND ")})`;
  });
  return `${names[0] ?? ""} ${leading.atLeast} ${values[0] ?? ""} AND (${alternatives.join(" OR ")})`;
}

/** SQL: the row's key is the one in the parameters. */
export function equals(key: readonly KeyColumn[], firstParameter: number): string {
  const values = parameters(key, firstParameter);
  return key.map(({ name, equal }, place) => `${quoteIdentifier(name)} ${equal} ${values[place] ?? ""}`).join(" AND ");
}
