import { PageHead } from "../../base/page-head.js";
import type { Assets } from "../../base/policy.js";
import type { ComparedFeature, Outcome } from "../matching.js";
import type { PageTraining } from "../page-data.js";
import { policyOf } from "../policy.js";

/** What the page is of: one training, or two with their features compared. */
export interface PageContent {
  trainings: readonly PageTraining[];
  compared?: readonly ComparedFeature[];
}

/** The whole page: a frame, the data, and the scripts that show them. */
export const Page = ({ content, assets }: { content: PageContent; assets: Assets }) => {
  const title = content.trainings.map((training) => training.title).join(" and ");
  return (
    <html lang="en">
      <PageHead title={`Features: ${title}`} policy={policyOf(assets)}>
        <Raw tag="style" text={assets.style} />
      </PageHead>
      <body data-view="list" class={content.compared ? "two" : "one"}>
        <header>
          <h1>{title}</h1>
          <p>{lede(content)}</p>
          {content.compared && <Outcomes compared={content.compared} />}
        </header>
        <main>
          <section class="all" aria-label="All features">
            <div class="tools">
              <label for="search">Search</label>
              <input
                id="search"
                type="search"
                placeholder="number, token, source, fate"
                autocomplete="off"
                spellcheck={false}
              />
              <output id="count" for="search" />
            </div>
            {/* biome-ignore lint/a11y/useSemanticElements: a table cannot have only the rows that are in sight */}
            <div id="list" role="grid" aria-label="Features" tabIndex={0} />
            <p class="keys">
              <kbd>/</kbd> search <kbd>↑</kbd> <kbd>↓</kbd> move <kbd>Enter</kbd> open <kbd>←</kbd> <kbd>→</kbd> next
              feature <kbd>Esc</kbd> list
            </p>
          </section>
          <article>
            <div id="feature">
              <noscript>
                <p>A script in this file shows the features; without scripts there is nothing to see.</p>
              </noscript>
            </div>
          </article>
        </main>
        <Raw tag="script" type="application/json" id="data" text={dataText(content)} />
        {assets.scripts.map((text) => (
          <Raw tag="script" text={text} />
        ))}
      </body>
    </html>
  );
};

function lede({ trainings: [first, second] }: PageContent): string {
  const counted = ({ features }: PageTraining): string => {
    const off = features.filter(({ isOff }) => isOff).length;
    return `${features.length} features${off > 0 ? `, ${off} of them switched off` : ""}`;
  };
  const on = `on ${first.tokens} tokens of ${first.sources.length} sources, ${first.modelName}`;
  return second ? `A: ${counted(first)}. B: ${counted(second)}. Both ${on}.` : `${counted(first)}, ${on}.`;
}

/** What each outcome says, in the order in which they are told. */
const meanings: Record<Outcome, string> = {
  survived: "matched at a cosine of 0.7 or more",
  split: "two or more of B at a cosine of 0.5 or more",
  changed: "one of B at a cosine of 0.5 or more, and no match at 0.7",
  gone: "none of B at a cosine of 0.5",
  off: "switched off in A",
  new: "in B, near none of A",
};

const Outcomes = ({ compared }: { compared: readonly ComparedFeature[] }) => (
  <ul class="outcomes" aria-label="What became of the features of A">
    {Object.entries(meanings).map(([outcome, meaning]) => {
      const count = compared.filter((row) => row.outcome === outcome).length;
      return (
        count > 0 && (
          <li>
            <button type="button" data-search={outcome} title={meaning}>
              <span class={`badge ${outcome}`}>{outcome}</span> {count}
            </button>
            <span class="meaning">{meaning}</span>
          </li>
        )
      );
    })}
  </ul>
);

/** JSON in which no element can begin or end. */
const dataText = (content: PageContent): string => JSON.stringify(content).replaceAll("<", "\\u003c");

interface RawProps {
  tag: "script" | "style";
  text: string;
  type?: string;
  id?: string;
}

/** Text that stands in an element as it is: what the policy's hashes are of. */
const Raw = ({ tag: Tag, text, ...attributes }: RawProps) => (
  <Tag {...attributes} dangerouslySetInnerHTML={{ __html: text }} />
);
