import { type Context, defaultOperators, type Operators } from "liquidjs";

const NUMERIC = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

type Handler = (left: unknown, right: unknown, context: Context) => ReturnType<Operators[string]>;
type Decide = (order: number) => boolean;

/**
 * Liquid's operators, made to fit rows: a numeric column travels as text and is a number beside one, int8 may be a
 * bigint, and null is neither less nor more than anything, as in SQL.
 */
export const operators: Operators = {
  ...defaultOperators,
  "==": equality(liquids("=="), (order) => order === 0),
  "!=": equality(liquids("!="), (order) => order !== 0),
  "<": ordering(liquids("<"), (order) => order < 0),
  "<=": ordering(liquids("<="), (order) => order <= 0),
  ">": ordering(liquids(">"), (order) => order > 0),
  ">=": ordering(liquids(">="), (order) => order >= 0),
};

function liquids(name: string): Handler {
  const handler = defaultOperators[name];
  if (!takesTwo(name, handler)) throw new RangeError(`Liquid has no operator ${name}`);
  return handler;
}

function takesTwo(name: string, handler: Operators[string] | undefined): handler is Handler {
  return handler !== undefined && name !== "not";
}

function equality(otherwise: Handler, decide: Decide): Handler {
  return (left, right, context) => {
    const order = typeof left === "string" && typeof right === "string" ? null : compareNumbers(left, right);
    return order === null ? otherwise(left, right, context) : decide(order);
  };
}

/** Text that is a number on both sides is compared as such; all other text, times too, by its characters. */
function ordering(otherwise: Handler, decide: Decide): Handler {
  return (left, right, context) => {
    const order = compareNumbers(left, right);
    if (order !== null) return decide(order);
    return left !== null && right !== null && otherwise(left, right, context);
  };
}

/** Null for what aren't two numbers. */
function compareNumbers(left: unknown, right: unknown): number | null {
  const [a, b] = [toNumber(left), toNumber(right)];
  if (a === null || b === null) return null;
  return a < b ? -1 : a > b ? 1 : 0;
}

function toNumber(value: unknown): number | bigint | null {
  if (typeof value === "number" || typeof value === "bigint") return value;
  return typeof value === "string" && NUMERIC.test(value) ? Number(value) : null;
}
