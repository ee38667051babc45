/** So many texts the transformer's model has embedded since it started, all indexes and models together. @param url of its HTTP server. */
export async function embeddedTexts(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const samples = metrics.matchAll(/^freshet_embedding_texts_total(?:\{[^}]*\})? (\S+)$/gm);
  return [...samples].reduce((sum, [, value]) => sum + Number(value), 0);
}
