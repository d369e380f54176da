// Interactive figures in place of the images: each when it comes into view, as wide as there is room, in the colours of
// the page. In print, and without scripts, the images stay.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const print = matchMedia("print");

  /** White figures on a dark page: ground, ink, lines, and those series that would not show. */
  const inDark = {
    "#FFFFFF": "#1B1E23",
    "#000000": "#E8E6E1",
    "#E5E5E5": "#353A42",
    "#555555": "#9AA1AB",
    "#0072B2": "#5AA9E6",
    "#D55E00": "#F0803C",
    "#009E73": "#2DBE95",
  };
  const recolour = (json) => json.replace(/#[0-9A-F]{6}\b/gi, (colour) => inDark[colour.toUpperCase()] ?? colour);

  /** On narrow pages the legend stands below the plot, which then has the whole width. */
  const narrow = 620;
  const fit = ({ data, layout }, width) => {
    const { l, r, t, b } = layout.margin;
    const fitted = {
      ...layout,
      width,
      height: layout.height - t + 20,
      margin: { ...layout.margin, t: 20 },
      font: { ...layout.font, family: "Inter, sans-serif" },
      dragmode: "zoom",
    };
    if (width >= narrow) return fitted;
    const named = data.filter(({ name, showlegend }) => name !== undefined && showlegend !== false);
    const legendLines = Math.ceil(new Set(named.map(({ name }) => name)).size / Math.max(1, Math.floor(width / 190)));
    return {
      ...fitted,
      height: fitted.height - 40 + legendLines * 20,
      margin: { ...fitted.margin, l: Math.min(l, 56), r: Math.min(r, 12), b },
      legend: {
        ...layout.legend,
        orientation: "h",
        x: 0,
        xanchor: "left",
        y: -75 / (fitted.height - 20 - b), // below the title of the x axis, which pixels place and not the plot's height
        yanchor: "top",
        title: { text: "" },
      },
      dragmode: false, // a finger scrolls the page
    };
  };

  const draw = async (figure) => {
    const place = figure.querySelector(".interactive");
    const image = figure.querySelector("img");
    const json = figure.querySelector(".specification").textContent;
    const specification = JSON.parse(dark.matches ? recolour(json) : json);
    const axes = Object.entries(specification.layout).filter(([key]) => /^xaxis\d*$/.test(key));
    const columns = new Set(axes.map(([, { domain }]) => domain?.[0])).size;
    const card = figure.querySelector(".drawing");
    const room = card.clientWidth;
    const width = columns > 1 ? Math.max(room, narrow) : room; // panels side by side scroll inside their card
    if (width > room) card.tabIndex = 0; // by keyboard too
    place.hidden = false;
    image.hidden = true;
    figure.drawnFor = `${room} ${dark.matches}`;
    await Plotly.react(place, specification.data, fit(specification, width), specification.config);
  };

  const figures = [...document.querySelectorAll("main figure")];
  const inView = new Set();
  const refresh = () => {
    if (print.matches) return;
    for (const figure of inView) {
      const room = figure.querySelector(".drawing").clientWidth;
      if (figure.drawnFor !== `${room} ${dark.matches}`) draw(figure);
    }
  };
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) isIntersecting ? inView.add(target) : inView.delete(target);
      refresh();
    },
    { rootMargin: "400px" },
  );
  for (const figure of figures) watcher.observe(figure);
  dark.addEventListener("change", refresh);
  let waiting;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, 150);
  });
})();
