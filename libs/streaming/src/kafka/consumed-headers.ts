import type { IHeaders } from "kafkajs";
import type { Headers, RawHeader } from "../message.js";

const NO_HEADERS: Headers = Object.freeze({});
const NO_RAW_HEADERS: readonly RawHeader[] = [];

/** What kafkajs read of a record's headers, in both forms; nothing is decoded or put in order before it is asked for. */
export function consumedHeaders(given: IHeaders | undefined): { headers: Headers; rawHeaders: Iterable<RawHeader> } {
  if (given === undefined || isEmpty(given)) return { headers: NO_HEADERS, rawHeaders: NO_RAW_HEADERS };
  const view: Readonly<Record<string, unknown>> = given;
  // The handler answers with text.
  return { headers: new Proxy(view, AS_TEXT) as Headers, rawHeaders: new RawHeaders(given) };
}

function isEmpty(given: IHeaders): boolean {
  for (const name in given) if (Object.hasOwn(given, name)) return false;
  return true;
}

const AS_TEXT: ProxyHandler<IHeaders> = {
  get(given, name) {
    if (typeof name !== "string" || !Object.hasOwn(given, name)) return undefined;
    return valuesOf(given[name]).at(-1)?.toString();
  },
};

class RawHeaders implements Iterable<RawHeader> {
  readonly #given: IHeaders;

  constructor(given: IHeaders) {
    this.#given = given;
  }

  /**
   * kafkajs groups headers by name, which loses their order; but each value is still a piece of the record's bytes, so
   * its address tells its place. A null has none and stays behind what kafkajs lists before it.
   */
  *[Symbol.iterator](): Iterator<RawHeader> {
    let place = 0;
    const found: { readonly header: RawHeader; readonly place: number }[] = [];
    for (const [name, given] of Object.entries(this.#given)) {
      for (const value of valuesOf(given)) {
        if (value !== null) place = value.byteOffset;
        found.push({ header: [name, value], place });
      }
    }
    found.sort((one, other) => one.place - other.place);
    for (const { header } of found) yield header;
  }
}

/**
 * kafkajs' types leave out that a value may be null, and that to one whose name every object knows, such as
 * `constructor`, it adds what the object has there.
 */
function valuesOf(given: unknown): readonly (Buffer | null)[] {
  const values: readonly unknown[] = Array.isArray(given) ? given : [given];
  return values.filter((value) => value === null || Buffer.isBuffer(value));
}
