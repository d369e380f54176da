import { PageHead } from "../../base/page-head.js";
import type { Assets } from "../../base/policy.js";
import { unequalSeeds } from "../../experiment/results/coverage.js";
import type { ReportContent } from "../content.js";
import { policyOf } from "../policy.js";
import { Contradictions } from "./contradictions.js";
import { AsExpected, Environment, Notebooks } from "./environment.js";
import { FeaturesChapter } from "./features.js";
import { Figures } from "./figures.js";
import { Findings, isOfFindings } from "./findings.js";
import { FrontierChapter, isOfFrontier } from "./frontier.js";
import { Methods } from "./methods.js";
import { isOfMultiverse, MultiverseChapter } from "./multiverse.js";
import { counted } from "./numbers.js";
import { Trainings } from "./trainings.js";
import { Counts, Verdicts } from "./verdicts.js";

const chapters = {
  findings: "Findings",
  verdicts: "Verdicts",
  figures: "Figures",
  features: "Features",
  frontier: "Frontier",
  multiverse: "Readings",
  trainings: "Trainings",
  methods: "Methods",
  contradictions: "Contradictions",
  expectations: "Expected",
  notebooks: "Notebooks",
  environment: "Rerun",
};

/** Chapters of commands of their own: those that were called. */
const optional = ["features", "frontier", "multiverse"] as const;
const isOptional = (id: string): id is (typeof optional)[number] => optional.some((of) => of === id);

/** The whole report. Every text is escaped where it is rendered; scripts and style are `assets`, allowed by their hashes. */
export const Page = ({ content, assets }: { content: ReportContent; assets: Assets }) => (
  <html lang="en">
    <PageHead title={`Report: ${shortTitle(content.paperTitle)}`} policy={policyOf(assets)}>
      <Raw tag="style" text={assets.style} />
    </PageHead>
    <body>
      <a class="skip" href="#verdicts">
        To the verdicts
      </a>
      <Report content={content} />
      <footer>
        <p>
          {content.paperTitle}. Result set {content.set.name}. This page is complete in itself and asks no network for
          anything.
        </p>
      </footer>
      {assets.scripts.map((text) => (
        <Raw tag="script" text={text} />
      ))}
    </body>
  </html>
);

/** What the report says: its head and its chapters, for a page that brings style and scripts. */
export const Report = ({ content }: { content: ReportContent }) => (
  <>
    <header>
      <p class="kicker">Reproduction report</p>
      <h1>{shortTitle(content.paperTitle)}</h1>
      <Lede content={content} />
      <Counts claims={content.claims} />
      <nav aria-label="Chapters">
        {Object.entries(chapters)
          .filter(([id]) => !isOptional(id) || content[id])
          .map(([id, name]) => (
            <a href={`#${id}`}>{name}</a>
          ))}
      </nav>
    </header>
    <main>
      <Findings content={content} />
      <Verdicts claims={content.claims} />
      <Figures
        figures={content.figures.filter(
          (figure) => !isOfFindings(figure, content.layer) && !isOfFrontier(figure) && !isOfMultiverse(figure),
        )}
      />
      {content.features && <FeaturesChapter features={content.features} />}
      {content.frontier && (
        <FrontierChapter frontier={content.frontier} figures={content.figures.filter(isOfFrontier)} />
      )}
      {content.multiverse && (
        <MultiverseChapter
          multiverse={content.multiverse}
          claims={content.claims.map(({ claim }) => claim)}
          figures={content.figures.filter(isOfMultiverse)}
        />
      )}
      <Trainings runs={content.runs} flags={content.flags} />
      <Methods methods={content.methods} readings={content.readings} set={content.set} />
      <Contradictions claims={content.claims} />
      <AsExpected expectation={content.expectation} />
      <Notebooks notebooks={content.notebooks} />
      <Environment set={content.set} files={content.files} commands={content.commands} />
    </main>
  </>
);

/** The title up to its colon. */
export const shortTitle = (title: string): string => title.split(":")[0];

function Lede({ content: { claims, set, scope, runs } }: { content: ReportContent }) {
  const layers = [...new Set(runs.map(({ layer }) => layer))];
  const quotations = new Set(claims.map(({ claim }) => claim.quote)).size;
  const seeds = new Set(set.trainings.map(({ seed }) => seed)).size;
  const unequal = unequalSeeds(set.trainings);
  const runCount = new Set(runs.map(({ run }) => run.number)).size;
  return (
    <>
      <p class="lede">
        {counted(claims.length, "claim")} from {counted(quotations, "quotation")} of the paper, checked {scope.text}:{" "}
        {counted(runCount, "run")} on {layers.length === 1 ? "layer" : "layers"} {layers.join(", ")},{" "}
        {counted(seeds, "seed")} {unequal === undefined ? "each" : "in all"}.
      </p>
      {unequal !== undefined && <p class="caveat">The trainings are not of the same seeds: {unequal}.</p>}
      {!scope.isPaperScale && (
        <p class="caveat">
          This is not the paper's scale: a verdict says what was found at this one and no more.
          {seeds < 3 && " With fewer than three seeds no claim about a mean can hold or differ."}
        </p>
      )}
    </>
  );
}

/** Text that stands in an element as it is: what the policy's hashes are of. */
const Raw = ({ tag: Tag, text }: { tag: "script" | "style"; text: string }) => (
  <Tag dangerouslySetInnerHTML={{ __html: text }} />
);
