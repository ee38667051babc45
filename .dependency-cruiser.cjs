const TESTS = "\\.test\\.ts$|/(testing|contract)/";

/** The rules of the architecture; a violation fails the build. */
module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    {
      name: "services-never-import-each-other",
      severity: "error",
      from: { path: "^services/([^/]+)/" },
      to: { path: "^services/([^/]+)/", pathNot: "^services/$1/" },
    },
    { name: "libs-never-import-services", severity: "error", from: { path: "^libs/" }, to: { path: "^services/" } },
    { name: "only-tests-import-test", severity: "error", from: { path: "^(libs|services)/" }, to: { path: "^test/" } },
    {
      name: "schemas-import-none-of-ours",
      severity: "error",
      from: { path: "^libs/schemas/", pathNot: TESTS },
      to: { path: "^libs/", pathNot: "^libs/schemas/" },
    },
    {
      name: "streaming-imports-none-of-ours",
      severity: "error",
      from: { path: "^libs/streaming/", pathNot: TESTS },
      to: { path: "^libs/", pathNot: "^libs/streaming/" },
    },
    {
      name: "stores-and-models-know-no-broker",
      severity: "error",
      from: { path: "^libs/(vector-stores|embeddings|schemas)/", pathNot: TESTS },
      to: { path: "^libs/(streaming|process|local-stack)/|node_modules/kafkajs" },
    },
    {
      name: "kafkajs-in-one-folder",
      comment:
        "Besides, benchmarks measure it bare, and the local stack's tests must not stand on what stands on them.",
      severity: "error",
      from: { pathNot: "^(libs/streaming/src/kafka/|test/bench/|test/failure/cdc/|libs/local-stack/.*\\.test\\.ts$)" },
      to: { path: "node_modules/kafkajs" },
    },
    {
      name: "pg-in-one-place",
      comment:
        "Sessions are libs/postgres', replication is the producer's postgres/ folder, and one store is a Postgres; only tests and the local stack use pg too.",
      severity: "error",
      from: {
        path: "^(libs|services)/",
        pathNot:
          "^(libs/postgres/|services/cdc-producer/src/postgres/|libs/vector-stores/src/pgvector/|libs/local-stack/|.*\\.test\\.ts$|.*/testing/)",
      },
      to: { path: "node_modules/pg(/|$)" },
    },
    {
      name: "testing-only-in-tests",
      severity: "error",
      from: { path: "^(libs|services)/", pathNot: `${TESTS}|^libs/local-stack/` },
      to: { path: "^(libs|services)/[^/]+/src/(testing|contract)/|^libs/local-stack/" },
    },
    {
      name: "no-package-by-relative-path",
      severity: "error",
      from: { path: "^(libs|services)/([^/]+)/" },
      to: { path: "^(libs|services)/", pathNot: "^$1/$2/", dependencyTypes: ["local"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules|/dist/" },
    exclude: { path: "/(dist|generated)/" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["freshet-source", "import", "node", "default"],
      extensions: [".ts", ".js"],
    },
  },
};
