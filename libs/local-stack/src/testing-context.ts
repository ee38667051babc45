/** What the global set-up of the test runner hands to each test file, where a test needs a server. */
export interface TestStack {
  postgresUrl: string;
  brokers: string[];
  /** Holds the q8 model, and after the first `modelFolder("fp32")` that one too. */
  modelDirectory: string;
  /** Where a model that is still missing is put; undefined when the model folder was named by the environment. */
  cache: string | undefined;
  /** What all random names of the run derive from. */
  seed: string;
}

declare module "vitest" {
  interface ProvidedContext {
    testStack: TestStack;
  }
}
