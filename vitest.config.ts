import { defineConfig } from "vitest/config";

const include = ["libs/*/src/**", "services/*/src/**", "test/**"].map((folder) => `${folder}/*.test.ts`);
/** A test's suffix names what it needs besides this process. */
const needsServers = "**/*.{pg,kafka,stack,model,lmdb,zvec,qdrant,pgvector,chroma,weaviate,milvus,pinecone}.test.ts";

export default defineConfig({
  // Vitest hands these to its workers as Node's own conditions: "import" among them would give require() ES modules, and
  // "module" what only bundlers can load.
  ssr: {
    resolve: {
      conditions: ["freshet-source", "node", "development|production"],
      externalConditions: ["freshet-source"],
    },
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include,
          exclude: [needsServers, "**/node_modules/**", "**/dist/**"],
          // Pure functions for the most part: a worker for each file would cost more than the tests.
          isolate: false,
          // Of two cores vitest would leave one idle.
          maxWorkers: 2,
          // Property tests take seconds on a machine that is busy otherwise.
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "servers",
          include: [needsServers],
          exclude: ["**/node_modules/**", "**/dist/**"],
          globalSetup: ["test/support/global-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 240_000,
          // Many tests wait most of the time, for sessions and time-outs: two leave two cores idle for a third of it.
          maxWorkers: 3,
          provide: {
            histories: Number(process.env.FRESHET_TEST_HISTORIES ?? 24),
          },
          // After the unit tests: cheap failures first.
          sequence: { groupOrder: 1 },
        },
      },
    ],
    reporters: ["default", "./test/support/reporter.ts"],
  },
});
