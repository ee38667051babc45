import type { NotAcceptedInput, UploadResponse } from "@freshet/batch-client/batch-protocol";

const MAX_REASONS = 100;

type Reason = NotAcceptedInput & { readonly outcome: "OUTCOME_SKIPPED" | "OUTCOME_FAILED" };

/** What became of an upload's rows. */
export class UploadOutcome {
  accepted = 0;
  #skipped = 0;
  #failed = 0;
  readonly #reasons: Reason[] = [];

  skip(key: string, reason: string): void {
    this.#skipped += 1;
    this.#note({ outcome: "OUTCOME_SKIPPED", key, reason });
  }

  fail(key: string, reason: string): void {
    this.#failed += 1;
    this.#note({ outcome: "OUTCOME_FAILED", key, reason });
  }

  /** So far. */
  get counts() {
    return { accepted: this.accepted, skipped: this.#skipped, failed: this.#failed };
  }

  toResponse(): Omit<UploadResponse, "reasons"> & { reasons: Reason[] } {
    return { ...this.counts, reasons: this.#reasons };
  }

  #note(reason: Reason): void {
    if (this.#reasons.length < MAX_REASONS) this.#reasons.push(reason);
  }
}
