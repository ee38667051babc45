/** The same function, for texts of which there are few that come again and again: of each it remembers the answer. */
export function remembered(answer: (text: string) => string): (text: string) => string {
  const answers = new Map<string, string>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const found = answer(text);
    answers.set(text, found);
    return found;
  };
}
