import { defineConfig } from "vitest/config";

const conditions = ["freshet-source", "node", "import", "default"];
const include = ["libs/*/src/**", "services/*/src/**", "test/*"].map((folder) => `${folder}/*.test.ts`);
/** A test's suffix names what it needs besides this process. */
const needsServers = "**/*.{pg,kafka,stack,model,zvec,qdrant}.test.ts";

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    projects: [
      { extends: true, test: { name: "unit", include, exclude: [needsServers, "**/node_modules/**", "**/dist/**"] } },
      {
        extends: true,
        test: {
          name: "servers",
          include: [needsServers],
          exclude: ["**/node_modules/**", "**/dist/**"],
          globalSetup: ["test/support/global-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 240_000,
          maxWorkers: 2,
        },
      },
    ],
    reporters: ["default", "./test/support/reporter.ts"],
  },
});
