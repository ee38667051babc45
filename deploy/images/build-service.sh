#!/bin/sh
# Puts one service, compiled, with its production dependencies and nothing else into a folder. Run by each service's
# Dockerfile from the repository's root.
#
#   deploy/images/build-service.sh SERVICE TARGET
#
# STORE_CLIENTS, in the environment, are packages separated by spaces: the clients of stores that the service hasn't by
# itself (chromadb, weaviate-client, @zilliz/milvus2-sdk-node, @pinecone-database/pinecone). They are written into the
# service's package.json and the lockfile, so run that in a copy of the repository.
set -eu
service=$1
target=$2

# In the catalogue's versions that the lockfile has already.
for client in ${STORE_CLIENTS:-}; do
  pnpm --filter "@freshet/$service" add --lockfile-only "$client@catalog:"
done

# "." brings the compiler; "..." the libraries that the service is made of.
pnpm install --frozen-lockfile --filter . --filter "@freshet/$service..."
pnpm --sequential --filter "@freshet/$service..." --if-present run generate
pnpm exec tsc --build "services/$service"
# Legacy, since the other way wants the workspace's packages copied instead of linked while developing, too. The versions
# are those of the lockfile in both.
pnpm --filter "@freshet/$service" deploy --prod --legacy "$target"

# These packages carry what other platforms (200 MB) and browsers (40 MB) need.
store=$target/node_modules/.pnpm
platform=$(node -p 'process.platform + "/" + process.arch')
find "$store" -type d -path '*/onnxruntime-node/bin/napi-v*/*/*' ! -path "*/$platform" -prune -exec rm -rf {} +
find "$store" -type d -path '*/@xenova/transformers/dist' -prune -exec rm -rf {} +
# Chroma's server, which nobody starts here.
find "$store" -maxdepth 1 -name 'chromadb-js-bindings-*' -exec rm -rf {} +
