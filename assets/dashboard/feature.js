// One feature: its numbers, how strongly it fires and where, what it does to the model's next token, and what is near it.
(() => {
  const { element, drawn, numeral, percent, cosine, excerptSection } = globalThis.dashboard;

  const numbers = ({ frequency, meanOverTokens, meanWhereActive, largest, encoderDecoder, probing }) => {
    const shown = [
      ["Fires on", `${percent(frequency)} of tokens`],
      ["Mean f, all tokens", numeral(meanOverTokens)],
      ["Mean f where it fires", meanWhereActive === null ? "–" : numeral(meanWhereActive)],
      ["Largest f", numeral(largest)],
      ["Encoder · decoder", cosine(encoderDecoder)],
      probing && ["Probing weight", `${numeral(probing.weight)}, ${probing.source}`],
    ];
    return element(
      "dl",
      { class: "numbers" },
      ...shown
        .filter(Boolean)
        .map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
    );
  };

  const bar = { width: 8, height: 90 };

  /** How often f falls into each of 50 equal parts, on a logarithmic scale: most firings are weak. */
  const histogram = ({ histogram: counts, largest }, level) => {
    const most = Math.max(...counts);
    const height = (count) => (count === 0 ? 0 : 2 + ((bar.height - 2) * Math.log1p(count)) / Math.log1p(most));
    const bars = counts.map((count, i) =>
      drawn(
        "rect",
        { x: i * bar.width, y: bar.height - height(count), width: bar.width - 1, height: height(count) },
        drawn("title", {}, `f ${numeral((largest * i) / 50)} to ${numeral((largest * (i + 1)) / 50)}: ${count} tokens`),
      ),
    );
    const total = counts.reduce((sum, count) => sum + count, 0);
    const says = `Histogram of f on ${total} tokens, from 0 to ${numeral(largest)}; the fullest of 50 bins has ${most}`;
    return element(
      "section",
      {},
      element(level, {}, "How strongly it fires"),
      element(
        "figure",
        { class: "histogram" },
        drawn(
          "svg",
          {
            viewBox: `0 0 ${bar.width * 50} ${bar.height}`,
            preserveAspectRatio: "none",
            role: "img",
            "aria-label": says,
          },
          ...bars,
        ),
        element(
          "figcaption",
          {},
          element("span", {}, "0"),
          element("span", {}, `tokens by f, log scale, at most ${most}`),
          element("span", {}, numeral(largest)),
        ),
      ),
    );
  };

  /** Each source's share of Σf as a bar, with a mark at its share of the tokens. */
  const sources = (training, { sourceShares }, level) => {
    const widest = Math.max(...sourceShares, ...training.tokenShares);
    const row = (name, i) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, name),
        element(
          "td",
          { class: "bar" },
          element(
            "span",
            { class: "track" },
            element("span", { class: "share", vars: { "--share": (sourceShares[i] / widest).toFixed(4) } }),
            element("span", { class: "mark", vars: { "--share": (training.tokenShares[i] / widest).toFixed(4) } }),
          ),
        ),
        element("td", { class: "number" }, percent(sourceShares[i])),
        element("td", { class: "number soft" }, percent(training.tokenShares[i])),
      );
    const heading = (text, attributes = {}) => element("th", { scope: "col", ...attributes }, text);
    return element(
      "section",
      {},
      element(level, {}, "Where it fires"),
      element(
        "table",
        { class: "sources" },
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            heading("Source"),
            heading("Share of Σf, with a mark at the share of tokens"),
            heading("Σf", { class: "number" }),
            heading("tokens", { class: "number" }),
          ),
        ),
        element("tbody", {}, ...training.sources.map(row)),
      ),
    );
  };

  /** A token by itself; spaces at its ends are shown. */
  const wordElement = (text) => {
    const [, before, word, after] = /^( *)([\s\S]*?)( *)$/u.exec(text);
    const space = (spaces) => spaces && element("span", { class: "space" }, "␣".repeat(spaces.length));
    return element("bdi", { class: "word" }, space(before), word, space(after));
  };

  const effects = (training, { raised, lowered }, level) => {
    if (raised.length === 0) return null;
    const list = (name, words) =>
      element(
        "div",
        {},
        element("p", { class: "name" }, name),
        element(
          "ol",
          {},
          ...words.map(([word, value]) =>
            element(
              "li",
              {},
              wordElement(training.words[word]),
              element("span", { class: "number" }, `${value > 0 ? "+" : ""}${numeral(value)}`),
            ),
          ),
        ),
      );
    return element(
      "section",
      { class: "effects" },
      element(level, {}, "What it does to the next token"),
      element("div", { class: "columns" }, list("Raises most", raised), list("Lowers most", lowered)),
      element(
        "p",
        { class: "note" },
        "Added to the logit for each unit of f, along the feature's direction through the final norm's weights. The norm's division and a soft-cap of the logits are ignored.",
      ),
    );
  };

  const neighbours = ({ nearestDecoder, nearestActivation }, { level, linkOf }) => {
    const list = (name, near) =>
      element(
        "div",
        {},
        element("p", { class: "name" }, name),
        near.length === 0
          ? element("p", {}, "none")
          : element(
              "ol",
              {},
              ...near.map(([feature, value]) =>
                element(
                  "li",
                  {},
                  element("a", { href: linkOf(feature) }, `Feature ${feature}`),
                  element("span", { class: "number" }, cosine(value)),
                ),
              ),
            ),
      );
    return element(
      "section",
      { class: "neighbours" },
      element(level, {}, "Nearest features"),
      element(
        "div",
        { class: "columns" },
        list("By direction, cosine", nearestDecoder),
        list("By activation, Pearson", nearestActivation),
      ),
    );
  };

  const fate = ({ fate: { sentences } }, level) =>
    element("section", {}, element(level, {}, "In training"), element("p", {}, sentences.join(" ")));

  /** All that is known of a feature, under headings of a level. */
  const featureElements = (training, feature, { level = "h3", linkOf }) => [
    numbers(feature),
    element(
      "div",
      { class: "beside" },
      excerptSection(training, feature, level),
      element(
        "div",
        { class: "measures" },
        feature.frequency > 0 && [histogram(feature, level), sources(training, feature, level)],
        effects(training, feature, level),
        neighbours(feature, { level, linkOf }),
        fate(feature, level),
      ),
    ),
  ];

  Object.assign(globalThis.dashboard, { featureElements });
})();
