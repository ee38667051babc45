const LONGEST = 300;

/** What a server says, in one line, not too long, and without the key: some servers repeat it. */
export function quote(words: string, apiKey: string | undefined): string {
  const line = words.replace(/\s+/g, " ").trim();
  const safe = apiKey === undefined || apiKey === "" ? line : line.replaceAll(apiKey, "[key]");
  return safe.length > LONGEST ? `${safe.slice(0, LONGEST)} …` : safe;
}
