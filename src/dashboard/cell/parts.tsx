import type { CSSProperties } from "preact";
import type { Excerpt } from "../feature.js";
import { numeral, percent } from "../numerals.js";

/*
 * Parts of what a cell shows. JupyterLab takes style sheets, scripts and drawings out of a notebook that is not trusted, so that
 * each part has its style itself; colours are the notebook's own, or let it shine through in light and dark.
 */

const quiet: CSSProperties = { opacity: 0.75, "font-size": "90%" };
const cellStyle: CSSProperties = { "text-align": "left", "vertical-align": "top", padding: "2px 8px 2px 0" };

export const Table = ({ head, rows }: { head?: string[]; rows: preact.ComponentChildren[][] }) => (
  <table style={{ "border-collapse": "collapse", "font-size": "100%" }}>
    {head && (
      <thead>
        <tr>
          {head.map((name) => (
            <th scope="col" style={cellStyle}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
    )}
    <tbody>
      {rows.map((cells) => (
        <tr>
          {cells.map((cell) => (
            <td style={cellStyle}>{cell}</td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);

export const Quiet = ({ children }: { children: preact.ComponentChildren }) => <span style={quiet}>{children}</span>;

/** A token by itself; spaces at its ends are shown. */
export const Word = ({ text }: { text: string }) => (
  <bdi style={{ "white-space": "pre-wrap" }}>{text.replace(/^ +| +$/g, (spaces) => "␣".repeat(spaces.length))}</bdi>
);

/** Half of the colour at most, so that letters can be read on it in light and dark. */
const shade = (share: number): string => `rgba(245, 150, 40, ${(0.06 + 0.5 * share).toFixed(2)})`;

/** A text whose tokens are shaded by f; the one it is about is underlined. */
export const Shaded = ({ excerpt, texts, largest }: { excerpt: Excerpt; texts: string[]; largest: number }) => (
  <span style={{ "white-space": "pre-wrap" }}>
    {excerpt.activations.map((f, i) => (
      <bdi
        title={f === null ? "left out of the measurements" : f > 0 ? `f ${numeral(f)}` : undefined}
        style={{
          ...(f !== null && f > 0 && { "background-color": shade(f / largest) }),
          ...(excerpt.from + i === excerpt.position && { "text-decoration": "underline", "font-weight": "bold" }),
          ...(f === null && { "font-style": "italic" }),
        }}
      >
        {texts[i] || "·"}
      </bdi>
    ))}
  </span>
);

/** A share as a bar, a percentage beside it. */
export const Bar = ({ share, widest }: { share: number; widest: number }) => (
  <span
    title={percent(share)}
    style={{
      display: "inline-block",
      height: "10px",
      width: `${Math.round((160 * share) / widest)}px`,
      "background-color": "rgba(47, 127, 179, 0.85)",
    }}
  />
);

/** Counts as bars, on a logarithmic scale. */
export const Counts = ({ counts }: { counts: number[] }) => {
  const most = Math.max(...counts);
  return (
    <span role="img" aria-label={`Histogram; the fullest of ${counts.length} bins has ${most}`}>
      {counts.map((count) => (
        <span
          style={{
            display: "inline-block",
            width: "5px",
            "margin-right": "1px",
            height: `${count === 0 ? 0 : Math.round(2 + (38 * Math.log1p(count)) / Math.log1p(most))}px`,
            "background-color": "rgba(47, 127, 179, 0.85)",
          }}
        />
      ))}
    </span>
  );
};
