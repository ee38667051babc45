/** One answer of `GET /search`. */
export interface Answer {
  readonly score: number;
  readonly key: Record<string, unknown>;
  readonly text: string;
  readonly payload: Record<string, unknown>;
  readonly committedAt: string;
  readonly indexedAt: string;
}

/** @throws with the problem's detail when the answer isn't 200. */
export async function search(
  url: string,
  text: string,
  options: { readonly k: number; readonly index?: string },
): Promise<Answer[]> {
  const query = new URLSearchParams({
    q: text,
    k: String(options.k),
    ...(options.index ? { index: options.index } : {}),
  });
  const response = await fetch(`${url}/search?${query.toString()}`);
  const body = (await response.json()) as { results?: Answer[]; detail?: string };
  if (!response.ok || !body.results) throw new Error(`search answered ${response.status}: ${body.detail ?? "nothing"}`);
  return body.results;
}
