import { FatalError } from "@freshet/streaming/errors";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import { Tokenizer, type Token, TokenKind, TypeGuards } from "liquidjs";
import { liquid, reasonOf } from "./liquid.js";
import { operators } from "./operators.js";

/** Which rows an index has. */
export interface RowCondition {
  /** The columns the condition reads. */
  readonly columns: readonly string[];
  /** @throws {Error} when it can't be decided of this row's values. */
  holds(row: JsonObject): boolean;
}

export const EVERY_ROW: RowCondition = { columns: [], holds: () => true };

const EXAMPLE = `such as published and (price > 10 or title contains "new")`;
const CONNECTIVES: readonly string[] = ["and", "or"];

/** @throws {FatalError} when the text isn't a condition of Liquid's `if`. */
export function parseCondition(index: string, text: string): RowCondition {
  try {
    check(text);
    const template = liquid.parse(`{% if ${text} %}yes{% endif %}`);
    return {
      columns: liquid.globalVariablesSync(template),
      holds: (row) => liquid.renderSync(template, row) === "yes",
    };
  } catch (error) {
    throw new FatalError(`The where of the index ${index} is no valid condition, ${EXAMPLE}: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}

/** Liquid itself reads over what it doesn't understand. @throws {SyntaxError} */
function check(text: string): void {
  if (/[{%]%|%[%}]/.test(text)) throw new SyntaxError(`a condition stands without tags`);
  const tokenizer = new Tokenizer(text, operators, undefined, undefined, true);
  checkOrder([...tokenizer.readExpressionTokens()]);
  if (tokenizer.p < text.length) throw new SyntaxError(`"${text.slice(tokenizer.p)}" isn't understood`);
}

/** Operands and operators take turns, and no comparison is of a comparison. @throws {SyntaxError} */
function checkOrder(tokens: readonly Token[]): void {
  let expectsOperand = true;
  let compared = false;
  for (const token of tokens) {
    const name = token.getText();
    const isOperator = TypeGuards.isOperatorToken(token);
    const isPrefix = isOperator && name === "not";
    if (expectsOperand !== (!isOperator || isPrefix)) throw new SyntaxError(`"${name}" isn't expected where it stands`);
    if (isPrefix) continue;
    if (isOperator) {
      if (compared && !CONNECTIVES.includes(name)) throw new SyntaxError(`"${name}" compares a comparison`);
      compared = !CONNECTIVES.includes(name);
    } else if (/^(['"])(?!.*\1$)/s.test(name)) {
      throw new SyntaxError(`the quotation mark of ${name} isn't closed`);
    } else if (token.kind === TokenKind.FilteredValue) {
      check(name.slice(1, -1));
    }
    expectsOperand = isOperator;
  }
  if (expectsOperand) throw new SyntaxError("it isn't complete");
}
