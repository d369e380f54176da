import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanText, decodeEntities, textOfHtml } from "../../../src/data/texts/html.js";

test("blocks become paragraphs, line breaks lines, and running space one space", () => {
  const html = "<h1>Title</h1><p>One\n  two<br>three <b>bold</b></p><ul><li>first<li>second</ul>";
  assert.equal(textOfHtml(html), "Title\n\nOne two\nthree bold\n\nfirst\n\nsecond");
});

test("scripts, styles, comments and the head are not text", () => {
  const html = "<head><title>T</title></head><style>p{}</style><!-- no --><p>yes<script>no()</script></p>";
  assert.equal(textOfHtml(html), "yes");
});

test("preformatted text keeps its lines", () => {
  assert.equal(textOfHtml("<pre>a\n  b</pre>"), "a\n  b");
});

test("a row of a table is a line, its cells are apart", () => {
  assert.equal(textOfHtml("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"), "a b\nc");
});

test("entities are decoded by name, in decimal and in hex; an ampersand that is none stays", () => {
  assert.equal(decodeEntities("&lt;&#233;&#x2014;&amp; R&D &5; &nosuch;"), "<é—& R&D &5; &nosuch;");
});

test("numeric entities of Windows characters mean what browsers show", () => {
  assert.equal(decodeEntities("it&#146;s &#147;so&#148;"), "it’s “so”");
});

test("control characters are removed, those of windows-1252 become what they stood for", () => {
  assert.equal(cleanText("\ufeffit\u0092s\u0000 \u001b[1mbold\u0081"), "it’s [1mbold");
});

test("line ends are one kind, trailing space is gone, one blank line is left of many", () => {
  assert.equal(cleanText("a  \r\n\r\n\r\n\tb\rc\n"), "a\n\n\tb\nc");
});

test("space inside preformatted text stays in what is nested in it, and only there", () => {
  assert.equal(textOfHtml("<p>a\n  b</p><pre>c\n  <b>d\n  e</b></pre><p>f\n  g</p>"), "a b\n\nc\n  d\n  e\n\nf g");
});

test("what a reader does not see as text is left out, wherever it stands", () => {
  const unseen =
    "<script>1</script><style>2</style><noscript>3</noscript><select><option>5</select><textarea>6</textarea>";
  assert.equal(textOfHtml(`<div>a${unseen}<template>4</template>b</div>`), "ab");
});

test("both ends of the bytes that were windows-1252 have their meaning", () => {
  assert.equal(cleanText("\u0080 \u0085 \u009f"), "€ … Ÿ");
});

test("soft hyphens and hard spaces go, spaces at both ends, and blank lines that only have spaces", () => {
  assert.equal(cleanText("\n a\u00adb\u00a0c \n \t\n\n d\t\n"), "ab c\n\n d");
});
