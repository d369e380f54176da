// What the list shows of a feature, and of a feature of one training beside those of another.
(() => {
  const { element, percent, cosine } = globalThis.dashboard;

  const link = (id, text) => element("a", { href: `#${id}`, tabindex: "-1" }, text);
  const tokens = ({ label }) =>
    label.length > 0
      ? label.map((text) => element("bdi", { class: "word" }, text))
      : element("span", { class: "soft" }, "–");

  /** Made once it is asked for: a search among all features' texts needs them in small letters. */
  const lazily = (make) => {
    let made;
    return () => {
      made ??= make().join("\n").toLowerCase();
      return made;
    };
  };

  const strongest = ({ sources }, { sourceShares }) => {
    const most = Math.max(...sourceShares);
    return most > 0 ? sources[sourceShares.indexOf(most)] : null;
  };

  const wordsOf = (training, feature) => [
    `feature ${feature.feature}`,
    ...feature.label,
    strongest(training, feature) ?? "",
    feature.fate.short,
    ...feature.raised.map(([word]) => training.words[word]),
  ];

  const nearest = ({ nearestDecoder }) => nearestDecoder[0]?.[1] ?? null;

  /** Rows and columns of one training's features. */
  const featureList = (training) => {
    const rows = training.features.map((feature) => ({
      id: `feature-${feature.feature}`,
      feature,
      words: lazily(() => wordsOf(training, feature)),
    }));
    const columns = [
      {
        name: "No.",
        kind: "no",
        title: "Number",
        value: (r) => r.feature.feature,
        cell: (r) => link(r.id, r.feature.feature),
      },
      { name: "Strongest tokens", kind: "tokens", cell: (r) => tokens(r.feature) },
      {
        name: "Fires on",
        kind: "number",
        title: "Share of the tokens on which f > 0",
        first: -1,
        value: (r) => r.feature.frequency,
        cell: (r) => percent(r.feature.frequency),
      },
      {
        name: "Source",
        kind: "source",
        title: "The source with the largest share of Σf",
        value: (r) => strongest(training, r.feature),
        cell: (r) => strongest(training, r.feature) ?? "–",
      },
      {
        name: "Fate",
        kind: "fate",
        title: "What became of it in training, at which step",
        value: (r) => r.feature.fate.short || null,
        cell: (r) => r.feature.fate.short,
      },
      {
        name: "Nearest",
        kind: "number",
        title: "Cosine of its direction and the nearest other",
        first: -1,
        value: (r) => nearest(r.feature),
        cell: (r) => (nearest(r.feature) === null ? "–" : cosine(nearest(r.feature))),
      },
    ];
    if (training.features.some(({ probing }) => probing))
      columns.push({
        name: "Probe",
        kind: "number probe",
        title: "Its largest weight in the probes of sources",
        first: -1,
        value: (r) => (r.feature.probing ? Math.abs(r.feature.probing.weight) : null),
        cell: (r) => (r.feature.probing ? r.feature.probing.weight.toFixed(2).replace("-", "−") : ""),
      });
    return { rows, columns };
  };

  /** Rows and columns of two trainings: those of the first, then the new ones of the second. */
  const comparedList = ([a, b], compared) => {
    const rows = compared.map((row) => {
      const ofA = row.a === null ? null : a.features[row.a];
      const ofB = row.near.length > 0 ? b.features[row.near[0][0]] : null;
      return {
        id: row.a === null ? `b-feature-${row.near[0][0]}` : `feature-${row.a}`,
        ...row,
        shown: ofA ?? ofB,
        words: lazily(() => [row.outcome, ...(ofA ? wordsOf(a, ofA) : []), ...(ofB ? wordsOf(b, ofB) : [])]),
      };
    });
    const columns = [
      {
        name: "A",
        kind: "no",
        title: "Number of the first training's feature",
        value: (r) => r.a,
        cell: (r) => (r.a === null ? element("span", { class: "soft" }, "–") : link(r.id, r.a)),
      },
      { name: "Strongest tokens", kind: "tokens", cell: (r) => tokens(r.shown) },
      {
        name: "Became",
        kind: "outcome",
        title: "What became of it in the second training",
        value: (r) => r.outcome,
        cell: (r) => element("span", { class: `badge ${r.outcome}` }, r.outcome),
      },
      {
        name: "B",
        kind: "source",
        title: "The features of the second training near it",
        value: (r) => r.near[0]?.[0] ?? null,
        cell: (r) => r.near.map(([feature]) => feature).join(", ") || "–",
      },
      {
        name: "Cosine",
        kind: "number",
        title: "Cosine of the two matched directions",
        first: -1,
        value: (r) => r.cosine,
        cell: (r) => (r.cosine === null ? "–" : cosine(r.cosine)),
      },
    ];
    return { rows, columns };
  };

  Object.assign(globalThis.dashboard, { featureList, comparedList });
})();
