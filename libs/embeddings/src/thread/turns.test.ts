import { expect, it } from "vitest";
import { Turns } from "./turns.js";

/** Whose steps are done one after the other, of tasks with so many steps each. */
function play(turns: Turns<string>, steps: Record<string, number>): string {
  const done: string[] = [];
  for (let task = turns.next(); task !== undefined; task = turns.next()) {
    done.push(task);
    const left = (steps[task] ?? 0) - 1;
    steps[task] = left;
    if (left <= 0) turns.remove(task);
  }
  return done.join(" ");
}

it("does one task after the other", () => {
  const turns = new Turns<string>();
  turns.add("a", { canWait: false });
  turns.add("b", { canWait: false });
  expect(play(turns, { a: 3, b: 2 })).toBe("a a a b b");
});

it("has what can wait give way, and gives it every fifth step", () => {
  const turns = new Turns<string>();
  turns.add("x", { canWait: true });
  turns.add("y", { canWait: true });
  turns.add("a", { canWait: false });
  turns.add("b", { canWait: false });
  expect(play(turns, { a: 5, b: 5, x: 3, y: 2 })).toBe("a a a a x a b b b x b b x y y");
});

it("puts what can't wait any more behind those that couldn't", () => {
  const turns = new Turns<string>();
  for (const name of ["x", "y"]) turns.add(name, { canWait: true });
  turns.add("a", { canWait: false });
  turns.hurry("y");
  turns.hurry("a");
  expect(play(turns, { a: 2, x: 2, y: 2 })).toBe("a a y y x x");
});

it("lets what comes later go before what can wait, at its next step", () => {
  const turns = new Turns<string>();
  turns.add("x", { canWait: true });
  expect(turns.next()).toBe("x");
  turns.add("a", { canWait: false });
  expect(turns.next()).toBe("a");
});
