// The search: words and their beginnings, over the entries of all pages. `search.html#words` searches at once.
(() => {
  const most = 40;
  const around = 90;
  const index = new MiniSearch({
    fields: ["title", "text", "where"],
    searchOptions: { prefix: true, boost: { title: 3 }, combineWith: "AND" },
  });
  index.addAll(globalThis.entries);

  const words = document.querySelector("#words");
  const found = document.querySelector("#found");
  const results = document.querySelector("#results");

  /** The words around the first that was found. */
  const excerpt = (text, terms) => {
    const lower = text.toLowerCase();
    const at = Math.max(0, Math.min(...terms.map((term) => lower.indexOf(term)).filter((place) => place >= 0)));
    const from = Number.isFinite(at) ? Math.max(0, at - around) : 0;
    return `${from > 0 ? "… " : ""}${text.slice(from, from + 2 * around)}`;
  };

  const shown = ({ id, terms }) => {
    const { href, title, where, text } = globalThis.entries[id];
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = href;
    link.textContent = title;
    const place = document.createElement("p");
    place.className = "where";
    place.textContent = where;
    const part = document.createElement("p");
    part.textContent = excerpt(text, terms);
    item.append(link, place, part);
    return item;
  };

  const search = () => {
    const hits = index.search(words.value);
    found.textContent = words.value.trim() === "" ? "" : `${hits.length} places found`;
    results.replaceChildren(...hits.slice(0, most).map(shown));
  };

  words.closest(".search").hidden = false;
  words.value = decodeURIComponent(location.hash.slice(1));
  words.addEventListener("input", search);
  words.focus();
  search();
})();
