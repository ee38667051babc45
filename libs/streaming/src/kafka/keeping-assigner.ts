import kafkajs, { type GroupMember, type PartitionAssigner } from "kafkajs";

// Node finds no objects among the named exports of kafkajs' CommonJS.
const { AssignerProtocol } = kafkajs;

const NAME = "FreshetKeepingAssigner";
const VERSION = 0;
const HOLDS = Buffer.from("holds");

/**
 * Gives a topic's partition 0 to one member, and the others nothing. Who holds it keeps it while others come and go,
 * which kafkajs' own assigner doesn't care about.
 *
 * @param holds whether this member has it now.
 */
export function keepingAssigner(topic: string, holds: () => boolean): PartitionAssigner {
  return () => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: holds() ? HOLDS : Buffer.alloc(0),
      }),
    }),
    assign: ({ members }) => {
      const keeper = keeperOf(members);
      const assignment = { version: VERSION, assignment: { [topic]: [0] }, userData: Buffer.alloc(0) };
      return Promise.resolve(
        keeper === undefined
          ? []
          : [{ memberId: keeper, memberAssignment: AssignerProtocol.MemberAssignment.encode(assignment) }],
      );
    },
  });
}

/** Of several that say they hold it, all but one have been given up before, and learn it by this. */
function keeperOf(members: readonly GroupMember[]): string | undefined {
  const holding = members.filter(
    ({ memberMetadata }) => AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData.equals(HOLDS) === true,
  );
  const candidates = holding.length > 0 ? holding : members;
  return candidates.map(({ memberId }) => memberId).sort()[0];
}
