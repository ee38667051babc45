/** What a server can do wrong, whatever protocol it speaks. */
export type RemoteFault =
  /** One vector too few. */
  | { readonly kind: "wrong-count" }
  /** A vector of NaN for each text that contains this; for every text without it. */
  | { readonly kind: "not-a-number"; readonly text?: string }
  | { readonly kind: "other-dimension" }
  /** The answers in another order than the texts, each saying whose it is. */
  | { readonly kind: "other-order" }
  /** The answer ends in its middle, as if it were whole. */
  | { readonly kind: "half-answer" }
  /** Some proxy's page instead of an answer. */
  | { readonly kind: "html" }
  /** No answer, and no end. */
  | { readonly kind: "hang" }
  | { readonly kind: "connection-reset" }
  | { readonly kind: "failure" }
  | { readonly kind: "rate-limit"; readonly retryAfterSeconds: number }
  | { readonly kind: "unauthorized" }
  /** Refuses each request with a text that contains this; every request without it. */
  | { readonly kind: "refused-text"; readonly text?: string }
  /** Refuses each request with more texts. */
  | { readonly kind: "too-large"; readonly items: number };

/** A real server that misbehaves on command. */
export interface RemoteFaults {
  /**
   * @param from which request is the first to go wrong, counted from the next, which is 0.
   * @param times so many requests go wrong; all without it.
   */
  misbehave(fault: RemoteFault, range?: { readonly from?: number; readonly times?: number }): void;
  /** Ends every misbehaviour and forgets what was seen. */
  behave(): void;
  /** What came since then. */
  readonly seen: {
    /** When, in milliseconds since 1970. */
    readonly requests: readonly number[];
    /** Texts that were answered with a vector. */
    readonly embedded: readonly string[];
  };
}
