import { expect, it } from "vitest";
import { ScrollOrder } from "./scroll-order.js";

it("goes on from an id although its list is gone, or the id is", () => {
  const list = () => ["e", "a", "d", "b"];
  const first = new ScrollOrder().page("books", 2, null, list);
  expect(first).toEqual({ ids: ["a", "b"], next: "b" });
  expect(new ScrollOrder().page("books", 2, "b", list)).toEqual({ ids: ["d", "e"], next: null });
  expect(new ScrollOrder().page("books", 2, "c", list)).toEqual({ ids: ["d", "e"], next: null });
});

it("lists once for all pages of a scroll", () => {
  const order = new ScrollOrder();
  let lists = 0;
  const list = () => {
    lists += 1;
    return ["a", "b", "c"];
  };
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const { ids, next } = order.page("books", 1, after, list);
    seen.push(...ids);
    after = next;
  } while (after !== null);
  expect([seen, lists]).toEqual([["a", "b", "c"], 1]);
  order.page("books", 1, null, list);
  expect(lists).toBe(2);
});
