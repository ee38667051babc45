/** What the names of a generation's topics and groups end in: the first one's have nothing, as before there were more. */
export function numbered(generation: number): string {
  return generation === 1 ? "" : `.${generation}`;
}
