import { failed, fine, type Finding } from "./finding.js";
import { Session, type PostgresAddress } from "./session.js";

/** What is found in a session of its own, behind the finding of the connection, which is the only one where there is none. */
export async function findConnected(
  address: PostgresAddress,
  find: (session: Session) => Promise<readonly Finding[]>,
): Promise<Finding[]> {
  let session: Session;
  try {
    session = await Session.open(address);
  } catch (error) {
    return [failed("connection", error as Error)];
  }
  try {
    const connection = fine("connection", `Role "${session.client.user ?? ""}" may connect to ${session.address}.`);
    return [connection, ...(await find(session))];
  } finally {
    await session.close();
  }
}
