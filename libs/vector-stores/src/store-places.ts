/** Where a server is, and what opens it. */
export interface ServerPlace {
  /** Without a slash at its end. */
  readonly url: string;
  readonly apiKey?: string | undefined;
}

/** Where the stores are; of each kind one. */
export interface StorePlaces {
  readonly qdrant: ServerPlace;
  /** `postgres://user:password@host:5432/database`; unlike the others it has no usual place. */
  readonly pgvectorUrl?: string | undefined;
  /** The directory is the sink's; the URL is where others reach the sink that owns it, by the key that it asks for. */
  readonly zvec: ServerPlace & { readonly directory: string };
  readonly chroma: ServerPlace;
  /** Searches and writes also go over gRPC. */
  readonly weaviate: ServerPlace & { readonly grpcUrl: string };
  readonly milvus: ServerPlace;
  /** A service in the cloud; the URL is another one's than the vendor's. */
  readonly pinecone: { readonly url?: string | undefined; readonly apiKey?: string | undefined };
}
