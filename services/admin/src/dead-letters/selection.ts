import { isUtf8 } from "node:buffer";
import { decodeRowKey, encodeRowKey } from "@freshet/schemas/row-key";
import type { DeadLetterRecord } from "@freshet/streaming/dead-letter";
import { FatalError } from "@freshet/streaming/errors";

/** As commander gives it. */
export interface SelectionArguments {
  readonly key?: string;
  readonly partition?: string;
  readonly offset?: string;
  readonly errorClass?: string;
  readonly all?: boolean;
}

/** Whether a letter is meant. */
export type Selection = (letter: DeadLetterRecord) => boolean;

/** Every condition that is given has to hold; none means every letter. @throws {FatalError} with what to write instead. */
export function parseSelection({ key, partition, offset, errorClass }: SelectionArguments): Selection {
  if ((partition === undefined) !== (offset === undefined)) {
    throw new FatalError("--partition and --offset together name a message in its topic of origin: give both.");
  }
  const conditions: Selection[] = [];
  if (key !== undefined) {
    const wanted = canonical(key);
    conditions.push(({ record }) => record.key !== null && canonical(keyText(record.key)) === wanted);
  }
  if (partition !== undefined && offset !== undefined) {
    const at = [wholeNumber("--partition", partition), wholeNumber("--offset", offset)] as const;
    conditions.push(({ origin }) => origin.offset === at[1] && BigInt(origin.partition ?? -1) === at[0]);
  }
  if (errorClass !== undefined) conditions.push((letter) => letter.errorClass === errorClass);
  return (letter) => conditions.every((holds) => holds(letter));
}

/** For what changes something: all of it has to be asked for in so many words. @throws {FatalError} */
export function parseDeliberateSelection(given: SelectionArguments): Selection {
  const { all = false, ...conditions } = given;
  const isPart = Object.keys(conditions).length > 0;
  if (isPart && all) throw new FatalError("--all means every letter: leave it out, or the selection beside it.");
  if (isPart || all) return parseSelection(conditions);
  throw new FatalError("Say which letters: --key, --partition and --offset, --error-class, or --all.");
}

/** As `freshet dlq show` prints it. */
function keyText(key: Buffer): string {
  return isUtf8(key) ? key.toString() : key.toString("base64");
}

/** A row's key may be written with white space. */
function canonical(text: string): string {
  try {
    return encodeRowKey(decodeRowKey(text));
  } catch {
    return text;
  }
}

function wholeNumber(name: string, text: string): bigint {
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw new FatalError(`${name} ${text} is no whole number.`);
}
