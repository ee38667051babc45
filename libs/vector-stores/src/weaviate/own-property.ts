/** The properties that each point has. */
export const OWN = {
  /** The chunk's text. */
  text: "text",
  /** The row's columns as JSON, so that nothing of them is lost. */
  payload: "payload",
  /** The point's metadata as JSON. */
  metadata: "freshet_metadata",
  /** Of these, what is older is deleted by. */
  rows: "freshet_rows",
  high: "freshet_high",
  low: "freshet_low",
  seq: "freshet_seq",
  /** An object without properties: see `classOf`. */
  guard: "freshet_guard",
  /** Of a hybrid collection: the text's words. */
  words: "words",
} as const;

/** Stands for one partition of one table; quoted, because Weaviate takes spaces off the ends. */
export function rowsToken({ table, partition }: { readonly table: string; readonly partition: number }): string {
  return JSON.stringify([partition, table]);
}
