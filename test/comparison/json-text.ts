const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[[\]{},:]|true|false|null/g;

/**
 * JSON text without white space and with one way to write each number that isn't an integer, so that equal values have
 * equal text. Integers keep their digits, however many they are.
 */
export function canonical(json: string): string {
  return tokens(json).map(canonicalToken).join("");
}

function canonicalToken(token: string): string {
  if (token.startsWith('"')) return JSON.stringify(JSON.parse(token));
  if (!/^-?\d.*[.eE]/.test(token)) return token;
  const value = Number(token);
  return Object.is(value, -0) ? "-0" : String(value);
}

/** An object's members, each value as its own JSON text. Null for `null`. @throws {SyntaxError} for anything else. */
export function membersOf(json: string): ReadonlyMap<string, string> | null {
  const all = tokens(json);
  if (all.length === 1 && all[0] === "null") return null;
  if (all[0] !== "{") throw new SyntaxError(`expected a JSON object, not ${json.slice(0, 80)}`);
  const members = new Map<string, string>();
  for (let place = 1; place < all.length - 1;) {
    const name = JSON.parse(all[place] ?? "") as string;
    const start = place + 2;
    place = valueEnd(all, start);
    members.set(name, all.slice(start, place).join(""));
    place += 1;
  }
  return members;
}

function tokens(json: string): readonly string[] {
  return json.match(TOKEN) ?? [];
}

/** Behind the value that starts at the token. */
function valueEnd(all: readonly string[], start: number): number {
  let depth = 0;
  for (let place = start; place < all.length; place++) {
    const token = all[place] ?? "";
    if (token === "{" || token === "[") depth += 1;
    if (token === "}" || token === "]") depth -= 1;
    if (depth === 0) return place + 1;
  }
  throw new SyntaxError("a JSON value has no end");
}
