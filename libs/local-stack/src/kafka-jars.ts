import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { moveFolderIntoPlace, withStagingFolder } from "./cache.js";
import { downloadWithMaven } from "./maven.js";
import type { Progress } from "./progress.js";

const VERSION = "4.3.1";
const POM = fileURLToPath(new URL("../maven/kafka/pom.xml", import.meta.url));

export function kafkaIsCached(cache: string): boolean {
  return existsSync(jarFolder(cache));
}

/** The folder with the broker's jars, downloaded at the first call. */
export async function prepareKafkaJars(cache: string, onProgress: Progress | undefined): Promise<string> {
  const destination = jarFolder(cache);
  if (kafkaIsCached(cache)) return destination;
  const name = `Apache Kafka ${VERSION}`;
  onProgress?.(`Downloading ${name} (44 MB, once)`);
  await withStagingFolder(destination, async (folder) => {
    const jars = join(folder, "lib");
    await downloadWithMaven({
      name,
      goal: "copy-dependencies",
      arguments: ["-f", POM, "-DincludeScope=runtime", `-DoutputDirectory=${jars}`],
      folder,
    });
    await moveFolderIntoPlace(jars, destination);
  });
  return destination;
}

function jarFolder(cache: string): string {
  return join(cache, `kafka-${VERSION}`, "lib");
}
