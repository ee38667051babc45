import { existsSync, readFileSync } from "node:fs";

/** The CISI test collection of the University of Glasgow. */
export interface Cisi {
  /** As title and text. */
  readonly documents: readonly { readonly id: string; readonly text: string }[];
  readonly queries: readonly { readonly id: string; readonly text: string }[];
  /** The documents that answer a query, by its id. */
  readonly relevant: ReadonlyMap<string, ReadonlySet<string>>;
}

interface Line {
  readonly id: string | number;
  readonly title?: string;
  readonly text: string;
}

export function readCisi(data: string | null): Cisi | null {
  if (data === null || !existsSync(`${data}/cisi`)) return null;
  const lines = (file: string) =>
    readFileSync(`${data}/cisi/${file}`, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  const items = (file: string) => lines(file).map((line) => JSON.parse(line) as Line);
  const relevant = new Map<string, Set<string>>();
  for (const line of lines("qrels.tsv")) {
    const [query = "", document = ""] = line.split("\t");
    relevant.set(query, (relevant.get(query) ?? new Set()).add(document));
  }
  return {
    documents: items("documents.jsonl").map(({ id, title = "", text }) => ({
      id: String(id),
      text: `${title}. ${text}`,
    })),
    queries: items("queries.jsonl").map(({ id, text }) => ({ id: String(id), text })),
    relevant,
  };
}
