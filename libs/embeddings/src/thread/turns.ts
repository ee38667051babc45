/** Steps of others, while one that can wait does so, before it gets one. */
const STEPS_BEFORE_WAITING = 4;

/**
 * Whose step is next, of tasks of many steps: first of whom came first. One that can wait gives way between any two of its
 * steps, and still gets every fifth, so that it ends, though the others never leave a gap.
 */
export class Turns<Task> {
  readonly #tasks: Task[] = [];
  readonly #waiting: Task[] = [];
  #passed = 0;

  add(task: Task, { canWait }: { readonly canWait: boolean }): void {
    (canWait ? this.#waiting : this.#tasks).push(task);
  }

  /** To do one step of; undefined when there is none. */
  next(): Task | undefined {
    const [task, waiting] = [this.#tasks[0], this.#waiting[0]];
    const isItsTurn = task === undefined || this.#passed >= STEPS_BEFORE_WAITING;
    if (waiting !== undefined && isItsTurn) {
      this.#passed = 0;
      return waiting;
    }
    if (waiting !== undefined) this.#passed += 1;
    return task;
  }

  /** It can't wait any more; nothing when it isn't there. */
  hurry(task: Task): void {
    const place = this.#waiting.indexOf(task);
    if (place >= 0) this.#tasks.push(...this.#waiting.splice(place, 1));
  }

  /** It has no more steps. */
  remove(task: Task): void {
    for (const tasks of [this.#tasks, this.#waiting]) {
      const place = tasks.indexOf(task);
      if (place >= 0) tasks.splice(place, 1);
    }
  }
}
