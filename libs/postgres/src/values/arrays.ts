import { textToJson } from "./scalars.js";

type TextToText = (text: string) => string;

const OPEN = 0x7b;
const CLOSE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;

/**
 * Arrays within an array stay nested. One whose subscripts don't begin at 1 keeps Postgres' text, `[2:3]={1,2}`: JSON has
 * no place for them. https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
export function arrayToJson(element: TextToText, delimiter: string): TextToText {
  const separator = delimiter.charCodeAt(0);
  return (text) =>
    text.charCodeAt(0) === OPEN_BRACKET ? textToJson(text) : new ArrayText(text, element, separator).toJson();
}

class ArrayText {
  readonly #text: string;
  readonly #element: TextToText;
  readonly #separator: number;
  #place = 0;

  constructor(text: string, element: TextToText, separator: number) {
    this.#text = text;
    this.#element = element;
    this.#separator = separator;
  }

  /** Reads from an opening brace to behind the one that closes it. */
  toJson(): string {
    this.#place += 1;
    if (this.#next() === CLOSE) {
      this.#place += 1;
      return "[]";
    }
    let json = "[";
    for (;;) {
      json += this.#item();
      const next = this.#next();
      this.#place += 1;
      if (next === CLOSE) return `${json}]`;
      json += ",";
    }
  }

  #item(): string {
    switch (this.#next()) {
      case OPEN:
        return this.toJson();
      case QUOTE:
        return this.#element(this.#quoted());
      default: {
        const bare = this.#bare();
        return bare === "NULL" ? "null" : this.#element(bare);
      }
    }
  }

  #quoted(): string {
    const start = this.#place + 1;
    let end = start;
    let escaped = false;
    for (; this.#at(end) !== QUOTE; end += 1) {
      if (this.#at(end) !== BACKSLASH) continue;
      escaped = true;
      end += 1;
    }
    this.#place = end + 1;
    const content = this.#text.slice(start, end);
    return escaped ? content.replace(/\\(.)/gs, "$1") : content;
  }

  #bare(): string {
    const start = this.#place;
    let end = start;
    while (this.#at(end) !== this.#separator && this.#at(end) !== CLOSE) end += 1;
    this.#place = end;
    return this.#text.slice(start, end);
  }

  #next(): number {
    return this.#at(this.#place);
  }

  /** @throws {RangeError} when the text isn't an array's: it would have no end. */
  #at(place: number): number {
    if (place >= this.#text.length) throw new RangeError(`"${this.#text}" isn't the text of an array`);
    return this.#text.charCodeAt(place);
  }
}
