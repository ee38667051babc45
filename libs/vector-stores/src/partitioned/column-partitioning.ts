import type { JsonObject } from "@freshet/schemas/lossless-json";
import type { PayloadFilter, Range, Scalar } from "../payload-filter.js";
import { escaped, unescaped } from "./escaped.js";
import type { Partitioning } from "./partitioning.js";
import { boundsOf, periodOf, type Period } from "./period.js";

/** By the column's values, or by the time in it. */
export interface PartitionRule {
  readonly column: string;
  readonly every?: Period | undefined;
}

/** By what `typeof` says of a value; others have none. */
const VALUE_KINDS: Readonly<Record<string, string>> = { string: "text", number: "number", boolean: "boolean" };

/**
 * Partitions are known as `<column>.<kind>.<value>`: `lang.text.en`, `year.number.1965`, `published_5fat.month.2024-05`. A row whose
 * column is null, missing, a list, an object or (by time) no time has none.
 */
export class ColumnPartitioning implements Partitioning {
  readonly #rule: PartitionRule;
  /** What the partitions of this rule begin with; others are of a rule that was before it, and may hold anything. */
  readonly #own: readonly string[];

  constructor(rule: PartitionRule) {
    this.#rule = rule;
    const kinds = rule.every === undefined ? Object.values(VALUE_KINDS) : [rule.every];
    this.#own = kinds.map((kind) => `${escaped(rule.column)}.${kind}.`);
  }

  partitionOf(payload: JsonObject): string | null {
    return this.#partitionOfValue(payload[this.#rule.column]);
  }

  mayMatch(partition: string, filter: PayloadFilter): boolean {
    if (!this.#own.some((prefix) => partition.startsWith(prefix))) return true;
    return this.#mayMatch(partition, filter);
  }

  #mayMatch(partition: string, filter: PayloadFilter): boolean {
    if ("and" in filter) return filter.and.every((part) => this.#mayMatch(partition, part));
    if ("or" in filter) return filter.or.some((part) => this.#mayMatch(partition, part));
    if ("not" in filter || filter.field !== this.#rule.column) return true;
    const place = placeIn(partition);
    const has = (value: Scalar) => place === placeIn(this.#partitionOfValue(value) ?? "");
    if ("equals" in filter) return has(filter.equals);
    if ("in" in filter) return filter.in.some(has);
    if ("range" in filter) return this.#mayHaveWithin(place, filter.range);
    // A value that doesn't fit its column's declared type is null to some stores.
    return filter.isNull;
  }

  /** Ranges are of numbers, and of times only where those are numbers. */
  #mayHaveWithin(place: string, range: Range): boolean {
    return this.#rule.every === undefined ? contains(range, Number(unescaped(place))) : meets(range, boundsOf(place));
  }

  #partitionOfValue(value: unknown): string | null {
    const { column, every } = this.#rule;
    if (every !== undefined) {
      const period = periodOf(value, every);
      return period === null ? null : `${escaped(column)}.${every}.${period}`;
    }
    const kind = VALUE_KINDS[typeof value];
    return kind === undefined ? null : `${escaped(column)}.${kind}.${escaped(String(value))}`;
  }
}

/** Without the kind: to some stores a text and a number of the same digits are equal where the column's type is declared. */
function placeIn(partition: string): string {
  return partition.slice(partition.lastIndexOf(".") + 1);
}

function contains({ gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity }: Range, value: number): boolean {
  return value > gt && value >= gte && value < lt && value <= lte;
}

/** @param period without its end. */
function meets(
  { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity }: Range,
  { start, end }: ReturnType<typeof boundsOf>,
): boolean {
  return end > gt && end > gte && start < lt && start <= lte;
}
