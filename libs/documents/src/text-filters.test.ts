import { expect, it } from "vitest";
import { htmlToText, markdownToText } from "./text-filters.js";

it("leaves of HTML what a reader sees", () => {
  const html = `<html><head><title>no</title><style>p { color: red }</style></head><body><h1>Tïtle &amp; more</h1>
    <p>A <b>bold</b> <a href="http://example.com">link</a>&nbsp;&#x1F600;<br>next</p><script>alert("no")</script>
    <ul><li>one<li>two</ul><table><tr><th>a</th><td>b</td></tr><tr><td>c</td></tr></table>
    <img src="x" alt="no"><!-- no --><svg><text>no</text></svg> &lt;p&gt;</body></html>`;
  expect(htmlToText(html)).toBe("Tïtle & more\n\nA bold link\u00a0😀\nnext\n\n * one\n * two\n\na b\nc\n\n<p>");
});

it("leaves of Markdown what a reader sees", () => {
  const source =
    "# Title\n\nSome *emphasis*, `code` and a [link](http://example.com).\n\n<script>no</script>\n\n- one\n- two\n\n| a | b |\n|---|---|\n| c | d |";
  expect(markdownToText(source)).toBe("Title\n\nSome emphasis, code and a link.\n\n * one\n * two\n\na b\nc d");
});

it("takes null for empty text, and other values as JSON has them", () => {
  expect([null, undefined, 7, 9007199254740993n].map(htmlToText)).toEqual(["", "", "7", "9007199254740993"]);
});

it("refuses with a reason what would take too long, and survives what is nested deep", () => {
  expect(() => htmlToText("<p>x".repeat(60_001))).toThrow("takes HTML of up to 60000 tags, and this has 60001");
  expect(() => htmlToText("x".repeat(10e6))).toThrow(
    "html_to_text takes up to 4194304 characters, and this has 10000000",
  );
  expect(() => markdownToText("x".repeat(10e6))).toThrow("markdown_to_text takes up to 262144 characters");
  for (const marker of ["> ", "- ", "1. "]) {
    expect(() => markdownToText(`Quote\n\n${marker.repeat(50_000)}x`)).toThrow("no blocks nested 200 deep");
  }
  expect(htmlToText(`<p>before</p>${"<div>".repeat(5000)}`)).toBe("before");
});
