/** One buffer, which moves to a thread without a copy. All vectors have one length. */
export function pack(points: readonly { readonly vector: Float32Array }[]): Float32Array<ArrayBuffer> {
  const size = points[0]?.vector.length ?? 0;
  const vectors = new Float32Array(points.length * size);
  for (const [place, { vector }] of points.entries()) vectors.set(vector, place * size);
  return vectors;
}
