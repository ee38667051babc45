/** The part of the package that its typings leave out. */
declare module "@xenova/transformers/src/utils/hub.js" {
  /**
   * The bytes of one file of a hub repository; null when it isn't there and not `fatal`.
   *
   * @throws {Error} when the hub can't be reached, or hasn't got a file that is `fatal`.
   */
  export function getModelFile(repository: string, file: string, fatal: boolean): Promise<Uint8Array | null>;
}
