/** An answer in the making; between two steps it may be another one's turn. */
export type Steps<Answer> = Pick<AsyncGenerator<void, Answer, void>, "next">;

/** In one step. */
export function atOnce<Answer>(answer: () => Answer): Steps<Answer> {
  // Not before its turn, and what it throws is the request's failure.
  return { next: async () => Promise.resolve({ done: true, value: answer() }) };
}

/** What a worker thread does; the other side is WorkerCalls. */
export interface WorkerService<Ready, Request, Answer> {
  readonly ready: Ready;
  answer(request: Request): Steps<Answer>;
  /** What of an answer needn't be copied. */
  transferred?(answer: Answer): ArrayBuffer[];
  close?(): Promise<void>;
}
