import { BUCKETS, type RowDigest } from "@freshet/vector-stores/row-digest";

/** What one side has in each bucket: how many rows, and the sum of their digests modulo 2^64. 1 MiB, however many rows. */
export class BucketSums {
  readonly #rows = new Uint32Array(BUCKETS);
  readonly #digests = new BigUint64Array(BUCKETS);
  #total = 0;

  get rows(): number {
    return this.#total;
  }

  add({ bucket, digest }: RowDigest): void {
    this.addSum({ bucket, rows: 1, digests: digest });
  }

  /** Of several rows. */
  addSum({
    bucket,
    rows,
    digests,
  }: {
    readonly bucket: number;
    readonly rows: number;
    readonly digests: bigint;
  }): void {
    this.#rows[bucket] = (this.#rows[bucket] ?? 0) + rows;
    this.#digests[bucket] = BigInt.asUintN(64, (this.#digests[bucket] ?? 0n) + digests);
    this.#total += rows;
  }

  rowsIn(bucket: number): number {
    return this.#rows[bucket] ?? 0;
  }

  /** The buckets that aren't the same, in order. */
  differing(other: BucketSums): number[] {
    const differing: number[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      const same = this.#rows[bucket] === other.#rows[bucket] && this.#digests[bucket] === other.#digests[bucket];
      if (!same) differing.push(bucket);
    }
    return differing;
  }
}
