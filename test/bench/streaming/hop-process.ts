import { once } from "node:events";
import { bytes, json, text } from "@freshet/streaming/codecs";
import { openMember, runMember } from "./bench-member.js";
import type { HopOrder } from "./hop.js";
import { changed, toRow } from "./rows.js";

const [order] = (await once(process, "message")) as [HopOrder];
const application = openMember(order);
switch (order.work) {
  case "json": {
    const row = json(toRow);
    const input = application.topic(order.input, { key: text, value: row });
    application.dataframe(input).apply(changed).toTopic({ name: order.output, value: row });
    break;
  }
  case "bytes": {
    const input = application.topic(order.input, { key: text, value: bytes });
    application
      .dataframe(input)
      .apply((value) => value)
      .toTopic({ name: order.output, value: bytes });
    break;
  }
  default:
    order.work satisfies never;
}
await runMember(application);
