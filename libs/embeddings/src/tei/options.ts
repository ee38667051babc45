/** A model behind Text Embeddings Inference, as the configuration names it. */
export interface TeiModelSettings {
  /** The model's id at the server. */
  readonly name: string;
  /** `http://host:port`, or `https://host:port` with TLS. */
  readonly url: string;
  /** Where the API key comes from. */
  readonly apiKeyVariable: string;
  /** Has the server shorten its vectors; only models trained for it can be. */
  readonly dimensions?: number | undefined;
  /** The server's `--revision`, or the operator's label for the weights when it was started without. */
  readonly revision?: string | undefined;
  readonly queryPrefix: string;
  readonly documentPrefix: string;
  /** How many texts may be with the server unanswered, over all calls. */
  readonly window: number;
  /** The longest wait for the next answer; a connection that is dead is noticed in half of it. */
  readonly timeoutSeconds: number;
}

export interface TeiModelOptions extends TeiModelSettings {
  /** A function, so that no log shows the key, and a key whose file is replaced is taken up; absent for none. */
  readonly apiKey?: (() => string) | undefined;
  /** Ends the opening. */
  readonly signal?: AbortSignal | undefined;
}
