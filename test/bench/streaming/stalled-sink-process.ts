import { once } from "node:events";
import { bytes, text } from "@freshet/streaming/codecs";
import { openMember, runMember } from "./bench-member.js";
import type { StalledSinkOrder } from "./stalled-sink.js";

const [order] = (await once(process, "message")) as [StalledSinkOrder];
const mayAnswer = once(process, "message");
const application = openMember(order);
const write = async () => {
  await mayAnswer;
};
application
  .dataframe(application.topic(order.input, { key: text, value: bytes }))
  .sink({ write }, { maxItems: 500, maxBytes: 1024 * 1024, maxWaitMs: 20 });
await runMember(application);
