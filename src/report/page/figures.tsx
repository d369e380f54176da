import { type Figure, readableText } from "../../figures/figure.js";
import { inScript } from "../../figures/html.js";
import { compactFigure, compactSvg } from "../compact.js";
import type { ReportContent } from "../content.js";
import type { ReportedFigure } from "../saved-figures.js";

/** Every figure: its SVG, in whose place assets/report/figures.js draws the interactive one. */
export const Figures = ({ figures }: Pick<ReportContent, "figures">) => (
  <section id="figures" aria-labelledby="figures-title">
    <h2 id="figures-title">Figures</h2>
    {figures.length === 0 && <p>This result set has no figures. Run: snc figures</p>}
    {[...new Set(figures.map(({ layer }) => layer))].map((layer) => (
      <>
        <h3>{layer === null ? "Across layers" : `Layer ${layer}`}</h3>
        {figures
          .filter((figure) => figure.layer === layer)
          .map((figure) => (
            <FigureCard shown={figure} />
          ))}
      </>
    ))}
  </section>
);

export const FigureCard = ({ shown: { id, title, summary, figure, svg, forms } }: { shown: ReportedFigure }) => (
  <figure id={`figure-${id}`}>
    <figcaption>
      <h4>{title}</h4>
      <p>{subtitleOf(figure.layout.title)}</p>
    </figcaption>
    <Drawing figure={figure} summary={summary} image={imageOf(svg)} title={title} />
    <p class="files">
      {forms.map((extension) => (
        <a href={`figures/${id}.${extension}`} aria-label={`${title}, ${id}: ${extension}`}>
          {extension}
        </a>
      ))}
    </p>
  </figure>
);

/** A figure's image with its text, in whose place assets/report/figures.js draws the specification. */
export const Drawing = ({ figure, summary, image, title }: Drawn) => (
  <>
    <p class="for-readers-of-screens">{summary}</p>
    <div class="drawing">
      <img src={image} alt={title} width={figure.layout.width} height={figure.layout.height} decoding="async" />
      <div class="interactive" hidden />
    </div>
    <script
      type="application/json"
      class="specification"
      dangerouslySetInnerHTML={{ __html: inScript(JSON.stringify(compactFigure(figure))) }}
    />
  </>
);

interface Drawn {
  figure: Figure;
  summary: string;
  /** Where the image is, relative to the page, or a data URL. */
  image: string;
  title: string;
}

/** What `figureLayout` sets below the title, as one line of sentences. */
export function subtitleOf(title: unknown): string {
  const text = String((title as { text?: unknown } | undefined)?.text ?? "");
  const lines = text
    .split(/<br>(?=<span)/)
    .slice(1)
    .map(readableText);
  return lines.map((line, i) => (/^[A-Z]/.test(lines[i + 1] ?? "") ? line.replace(/[^.]$/, "$&.") : line)).join(" ");
}

/** The SVG as an image that needs no request; in single quotes it is shortest. */
const imageOf = (svg: string): string =>
  `data:image/svg+xml,${compactSvg(svg)
    .replaceAll("'", "&#39;")
    .replaceAll('"', "'")
    .replace(/[%#\n]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`)}`;
