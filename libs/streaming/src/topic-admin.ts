export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** Broker settings such as `cleanup.policy`. The replication factor is the broker's default. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface PartitionProgress {
  readonly topic: string;
  readonly partition: number;
  /** The next offset the group reads; null when it never committed. */
  readonly committed: bigint | null;
  readonly end: bigint;
}

export interface GroupProgress {
  readonly group: string;
  /** Kafka's name: `Stable`, `Empty`, `PreparingRebalance`, `Dead` … */
  readonly state: string;
  readonly members: number;
  readonly partitions: readonly PartitionProgress[];
}

export interface PartitionOffsets {
  readonly partition: number;
  /** The first that is still there. */
  readonly low: bigint;
  /** The one that the next record gets. */
  readonly end: bigint;
}

/** What services and commands ask of the broker besides reading and writing. */
export interface TopicAdmin {
  /** Makes the topic if it isn't there (works without admin rights when it is) and returns its partition count. */
  ensureTopic(spec: TopicSpec): Promise<number>;
  /** Null when there is no such topic. */
  partitionCount(topic: string): Promise<number | null>;
  /** The topic's settings, those of the broker among them, by name; null when there is no such topic. */
  topicSettings(topic: string): Promise<ReadonlyMap<string, string> | null>;
  /** Of all topics that this client may see. */
  topicNames(): Promise<readonly string[]>;
  /** Null when there is no such topic. */
  topicOffsets(topic: string): Promise<readonly PartitionOffsets[] | null>;
  /** Forgets for good what lies before an offset of a partition. Needs Delete on the topic. */
  deleteRecords(topic: string, before: ReadonlyMap<number, bigint>): Promise<void>;
  groupProgress(group: string, topics: readonly string[]): Promise<GroupProgress>;
  /** Deletes the topic, if it is there. Needs Delete on it. */
  deleteTopic(topic: string): Promise<void>;
  /** Forgets what a group without members has committed: it begins anew. Needs Delete on the group. */
  deleteGroup(group: string): Promise<void>;
  close(): Promise<void>;
}
