import type { Step } from "@freshet/local-stack/guard";
import { pythonPackage } from "@freshet/local-stack/python-package";

const PACKAGE = {
  name: "chromadb",
  version: "1.5.9",
  complaint:
    "Chroma's server couldn't be had: its npm package needs glibc 2.39, and its Python package Python 3.9 with pip. " +
    "Install them, or let FRESHET_CHROMA_URL name a server.",
};
const RUN =
  "import sys; sys.path.insert(0, sys.argv[1]); import chromadb_rust_bindings as chroma; chroma.cli(['chroma', *sys.argv[2:]])";

/** Chroma's server as its Python package carries it, linked with a C library of 2014. @throws as `pythonPackage`. */
export async function chromaWheel(args: string[]): Promise<Step> {
  return { command: "python3", arguments: ["-c", RUN, await pythonPackage(PACKAGE), ...args] };
}
