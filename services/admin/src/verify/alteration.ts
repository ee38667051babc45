/** What of a row isn't what its label says. */
export type Alteration =
  | { readonly part: "text" | "payload" }
  | {
      readonly part: "vector";
      readonly chunk: number;
      /** To the nearest of the vectors that the model gives the chunk's text. */
      readonly cosine: number;
      /** Between the two of those that are furthest apart. */
      readonly ownCosine: number;
    };

export function renderAlteration(alteration: Alteration): string {
  if (alteration.part !== "vector") return alteration.part;
  return `vector of chunk ${alteration.chunk}, cosine ${alteration.cosine.toFixed(3)}`;
}
