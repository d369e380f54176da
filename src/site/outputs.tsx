import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { sha256 } from "../base/files.js";
import { type Figure, titleOf } from "../figures/figure.js";
import type { Output } from "../notebook/run/document.js";
import { asTerminal } from "../notebook/run/terminal.js";
import { Drawing, subtitleOf } from "../report/page/figures.js";
import { sanitized } from "./sanitize.js";

/** What the outputs of a page need beside it. */
export interface OutputFiles {
  /** Images by their place on the site. */
  images: Map<string, Buffer>;
  /** Rules of the page, by class. */
  rules: Map<string, string>;
  /** The way from the page to a file of the site. */
  to: (file: string) => string;
  /** Markdown in an output, as in a cell. */
  markdown: (text: string) => string;
}

/** An output of a cell, in the richest of its forms that a page can show without running anything of it. */
export function CellOutput({ output, files }: { output: Output; files: OutputFiles }) {
  if (output.output_type === "stream") return <Text text={asTerminal(output.text)} kind={output.name} />;
  if (output.output_type === "error")
    return <Text text={[`${output.ename}: ${output.evalue}`, ...output.traceback].join("\n")} kind="stderr" />;
  return <Rich data={output.data} files={files} />;
}

const Text = ({ text, kind = "stdout" }: { text: string; kind?: string }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with a keyboard
  <pre class={kind === "stderr" ? "output stderr" : "output"} tabIndex={0}>
    {stripVTControlCharacters(text).trimEnd()}
  </pre>
);

/** The part of plotly's specification that the page's script relies on, as figures of this package have it. */
const figureSchema = z.object({
  data: z.array(
    z.looseObject({ type: z.string(), x: z.array(z.unknown()).optional(), y: z.array(z.unknown()).optional() }),
  ),
  layout: z.looseObject({
    width: z.number(),
    height: z.number(),
    margin: z.looseObject({ l: z.number(), r: z.number(), t: z.number(), b: z.number() }),
  }),
});

function Rich({ data, files }: { data: Record<string, unknown>; files: OutputFiles }) {
  const plain = String(data["text/plain"] ?? "");
  const image = imageOf(data, files);
  const figure = figureSchema.safeParse(data["application/vnd.plotly.v1+json"]).data as Figure | undefined;
  if (figure && image) return <OutputFigure figure={figure} image={image} summary={plain} />;
  if (image) return <img class="output" src={image} alt={plain.split("\n")[0] || "Output of the cell"} />;
  const html = data["text/html"];
  if (typeof html === "string") return <Sanitized html={html} files={files} />;
  const markdown = data["text/markdown"] ?? data["text/latex"];
  if (typeof markdown === "string")
    return <div class="output text" dangerouslySetInnerHTML={{ __html: files.markdown(markdown) }} />;
  return plain === "" ? null : <Text text={plain} />;
}

/** Figures and images stand in files of their own, named after their bytes: an SVG that is an image runs no script. */
function imageOf(data: Record<string, unknown>, { images, to }: OutputFiles): string | undefined {
  const [png, jpeg, svg] = ["image/png", "image/jpeg", "image/svg+xml"].map((type) => data[type]);
  const [bytes, extension] =
    typeof png === "string"
      ? [Buffer.from(png, "base64"), "png"]
      : typeof jpeg === "string"
        ? [Buffer.from(jpeg, "base64"), "jpg"]
        : [typeof svg === "string" ? Buffer.from(svg) : undefined, "svg"];
  if (bytes === undefined) return undefined;
  const file = `images/${sha256(bytes).slice(0, 16)}.${extension}`;
  images.set(file, bytes);
  return to(file);
}

const OutputFigure = ({ figure, image, summary }: { figure: Figure; image: string; summary: string }) => (
  <figure>
    <figcaption>
      <p class="figure-title">{titleOf(figure)}</p>
      <p>{subtitleOf(figure.layout.title)}</p>
    </figcaption>
    <Drawing figure={figure} summary={summary} image={image} title={titleOf(figure)} />
  </figure>
);

function Sanitized({ html, files }: { html: string; files: OutputFiles }) {
  const { html: clean, rules } = sanitized(html);
  for (const [name, rule] of rules) files.rules.set(name, rule);
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with a keyboard
  return <div class="output html" tabIndex={0} dangerouslySetInnerHTML={{ __html: clean }} />;
}
