/** To a worker thread. */
export type ToWorker<Request> =
  | {
      readonly type: "request";
      readonly id: number;
      readonly request: Request;
      /** Others go first; see Turns. */
      readonly canWait: boolean;
    }
  /** It can't wait any more. */
  | { readonly type: "hurry"; readonly id: number }
  /** The answer isn't waited for any more. */
  | { readonly type: "forget"; readonly id: number }
  /** Answered by the end of the thread, after every request before it. */
  | { readonly type: "close" };

/** From a worker thread: first whether it can be used, then one message for each request. */
export type FromWorker<Ready, Answer> =
  | { readonly type: "ready"; readonly ready: Ready }
  | { readonly type: "unusable"; readonly message: string }
  | { readonly type: "answer"; readonly id: number; readonly answer: Answer }
  | { readonly type: "failed"; readonly id: number; readonly message: string };
