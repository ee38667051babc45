/** Where the WAL ended at a time. */
export interface WalSample {
  /** In ms, of a clock that only goes forward. */
  readonly at: number;
  readonly walEnd: bigint;
}

const MAX_SAMPLES = 1024;
/** The gap around a sample that isn't kept, as a share of its age: a lag of days needs no seconds. */
const ROUGHNESS = 0.05;

/**
 * When the WAL grew how far, as far back as anything of it is unconfirmed: so the age of the oldest unconfirmed change is
 * known without asking the server for more than the WAL's end. Between two samples it is taken to have grown evenly.
 */
export class WalHistory {
  #samples: WalSample[] = [];

  add(sample: WalSample): void {
    const last = this.#samples.at(-1);
    // A server that was restarted may have lost WAL that it hadn't flushed.
    if (last !== undefined && sample.walEnd < last.walEnd) this.#samples = [];
    this.#samples.push(sample);
    if (this.#samples.length > MAX_SAMPLES) this.#samples = thin(this.#samples, sample.at);
  }

  /** How long the oldest change behind `confirmed` has waited at the latest sample, in ms; 0 when there is none. */
  waitedMs(confirmed: bigint): number {
    const place = this.#samples.findIndex(({ walEnd }) => walEnd > confirmed);
    const [after, before, last] = [this.#samples[place], this.#samples[place - 1], this.#samples.at(-1)];
    if (after === undefined || last === undefined) return 0;
    if (before === undefined) return last.at - after.at;
    const share = Number(confirmed - before.walEnd) / Number(after.walEnd - before.walEnd);
    return Math.round(last.at - (before.at + share * (after.at - before.at)));
  }

  /** The rate of the last `windowMs`, in bytes per ms; 0 as long as nothing is known. */
  bytesPerMs(windowMs: number): number {
    const last = this.#samples.at(-1);
    const first = this.#samples.find(({ at }) => last !== undefined && last.at - at <= windowMs);
    if (last === undefined || first === undefined || last.at === first.at) return 0;
    return Number(last.walEnd - first.walEnd) / (last.at - first.at);
  }
}

function thin(samples: readonly WalSample[], now: number): WalSample[] {
  const kept: WalSample[] = [];
  for (const [place, sample] of samples.entries()) {
    const [before, after] = [kept.at(-1), samples[place + 1]];
    const gap = before === undefined || after === undefined ? Infinity : after.at - before.at;
    if (gap > ROUGHNESS * (now - sample.at)) kept.push(sample);
  }
  return kept;
}
