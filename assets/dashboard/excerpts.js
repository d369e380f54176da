// Texts of a feature, each token shaded by its activation.
(() => {
  const { element, numeral } = globalThis.dashboard;
  const leftOut = 0xffff;
  const levels = 0xfffe;
  const atOnce = 8;

  /** The excerpts of a feature by group: the strongest first, then each fifth from the lowest. */
  const excerptsOf = (training, feature) => {
    const bytes = Uint8Array.from(atob(feature.activations), (sign) => sign.charCodeAt(0));
    const steps = new Uint16Array(bytes.buffer);
    let [at, next] = [0, 0];
    return feature.groups.map((count) =>
      Array.from({ length: count }, () => {
        const [index, position, from, length] = feature.excerpts.slice(at, at + 4);
        const activations = Array.from(steps.subarray(next, next + length), (step) =>
          step === leftOut ? null : (step / levels) * feature.largest,
        );
        at += 4;
        next += length;
        const { source, texts } = training.sequences[index];
        return { sequence: index, source, position, from, texts: texts.slice(from, from + length), activations };
      }),
    );
  };

  const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/gu;
  const letter = /\p{L}/gu;
  const count = (text, pattern) => text.match(pattern)?.length ?? 0;

  /** Most of its letters decide where a text begins. */
  const directionOf = (texts) => {
    const text = texts.join("");
    return count(text, rightToLeft) > count(text, letter) / 2 ? "rtl" : "ltr";
  };

  const tokenElement = (text, activation, { isHere, largest }) => {
    const says =
      activation === null ? "left out of the measurements" : activation > 0 ? `f ${numeral(activation)}` : "";
    const classes = [
      "token",
      activation > 0 && "on",
      activation === null && "left-out",
      text === "" && "goes-on",
      isHere && "here",
    ];
    return element(
      "bdi",
      {
        class: classes.filter(Boolean).join(" "),
        title: text === "" ? `goes on with the character before${says && `, ${says}`}` : says || undefined,
        vars: activation > 0 ? { "--f": (activation / largest).toFixed(3) } : {},
      },
      text === "" ? "·" : text,
    );
  };

  /** One text, the token that it is about marked. */
  const excerptElement = (training, feature, excerpt) => {
    const here = excerpt.position - excerpt.from;
    const { largest } = feature;
    return element(
      "li",
      { class: "excerpt" },
      element(
        "p",
        { class: "where" },
        element("span", { class: "f" }, numeral(excerpt.activations[here] ?? 0)),
        element("span", {}, training.sources[excerpt.source]),
        element("span", {}, `token ${excerpt.position}`),
      ),
      element(
        "p",
        { class: "text", dir: directionOf(excerpt.texts) },
        excerpt.texts.map((text, i) => tokenElement(text, excerpt.activations[i], { isHere: i === here, largest })),
      ),
    );
  };

  /** A part that is closed at first, and made when it is opened. */
  const closed = (name, make) => {
    const details = element("details", {}, element("summary", {}, name));
    details.addEventListener("toggle", () => details.append(make()), { once: true });
    return details;
  };

  /** A section with the texts of a feature, of which the strongest are shown at once. */
  const excerptSection = (training, feature, level) => {
    const [top, ...fifths] = excerptsOf(training, feature);
    const list = (excerpts) => element("ol", {}, ...excerpts.map((one) => excerptElement(training, feature, one)));
    if (top.length === 0)
      return element("section", {}, element(level, {}, "Texts"), element("p", {}, "It fires on none of these tokens."));
    const weakest = top.at(-1);
    const end = weakest.activations[weakest.position - weakest.from];
    const between = (i) => `f from ${numeral((end * i) / 5)} to ${numeral((end * (i + 1)) / 5)}`;
    const drawn = fifths
      .map((excerpts, i) => excerpts.length > 0 && closed(between(i), () => list(excerpts)))
      .filter(Boolean)
      .reverse();
    return element(
      "section",
      { class: "texts" },
      element(level, {}, "Strongest tokens"),
      list(top.slice(0, atOnce)),
      top.length > atOnce && closed(`${top.length - atOnce} more`, () => list(top.slice(atOnce))),
      drawn.length > 0 && [element(level, {}, "Weaker tokens, drawn from each fifth below these"), ...drawn],
    );
  };

  Object.assign(globalThis.dashboard, { excerptSection });
})();
