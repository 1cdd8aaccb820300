// The selected instance from near: its picture, what is known of it, and one button for each answer.
// The buttons carry as bars how likely each answer is right, so that one looks and answers in one place.

import { button, element } from "../core/dom.ts";
import { middleEllipsis, plural, twoDecimals } from "../core/format.ts";
import { groupVariable } from "../core/groups.ts";
import { addStyles } from "../core/styles.ts";
import type { Theme } from "../core/theme.ts";
import { verdictMark } from "./class_chips.ts";
import { type CropSource, drawCrop } from "./crops.ts";
import type { Verdict } from "./decisions.ts";
import { settleSelected, standing } from "./verdicts.ts";
import { percent, placeOf, readsText, whyDoubtful } from "./why.ts";
import styles from "./inspector.css";

addStyles(styles);

/** Side of the picture in CSS pixels; it shows this much more than a crop of the list. */
const SIDE = 116;
const WIDEN = 1.5;
const NAME_LIMIT = 22;

export class Inspector {
  readonly node = element("section", "cz-inspect");
  private readonly canvas = element("canvas", "cz-inspect-picture");
  private readonly name = element("strong", "cz-inspect-name");
  private readonly why = element("p", "cz-inspect-why");
  private readonly facts = element("dl", "cz-inspect-facts");
  private readonly answers = element("div", "cz-inspect-answers");
  private readonly invitation = element("p", "cz-inspect-none");
  private readonly head: HTMLElement;
  private readonly standsMark = element("span", "cz-review-chips");
  private answersOf: Answer[] = [];

  constructor(
    private readonly source: CropSource,
    private readonly theme: () => Theme,
    signal: AbortSignal,
  ) {
    const { state, pyramid } = source;
    this.node.setAttribute("aria-label", "Selected instance");
    this.canvas.setAttribute("role", "img");
    // What comes next is read out, as what was settled is.
    this.why.setAttribute("aria-live", "polite");
    this.head = element("div", "cz-inspect-head", [
      this.canvas,
      element("div", "cz-inspect-words", [this.name, this.why, this.facts]),
    ]);
    this.answers.setAttribute("role", "group");
    this.answers.setAttribute("aria-label", "Settle it");
    const start = button("Start with the most doubtful", "cz-inspect-start", () => state.next(1));
    start.append(element("kbd", "cz-key", ["Enter"]));
    this.invitation.append(start, " or pick any instance on the map.");
    this.node.append(this.head, this.invitation, this.answers);
    state.on(["selected", "decisions"], () => this.update(), signal);
    state.on("scene", () => this.build(), signal);
    state.on("stage", () => this.redraw(), signal);
    pyramid.on(["loaded", "failed"], () => this.redraw(), signal);
    this.build();
  }

  redraw(): void {
    const { selected } = this.source.state;
    if (selected >= 0) drawCrop(this.canvas, this.source, selected, SIDE, this.theme(), WIDEN);
  }

  /** One button a class, then "no instance" and "as it stands". */
  private build(): void {
    const { state } = this.source;
    const { classes } = state.scene;
    const settle = (verdict: Verdict) => void settleSelected(state, verdict);
    const classAnswers = classes.map((name, label) =>
      new Answer(label < 10 ? String(label) : "", { exists: true, label }, name, settle, {
        share: (row) => state.scene.pExists[row] * state.scene.probability(row, label),
        color: `var(${groupVariable(label)})`,
        votes: (row) => state.scene.votesOf(row)[label],
      }),
    );
    const open = new Answer("e", { exists: true, label: null }, "it exists", settle, {
      // With classes the chances are theirs.
      share: classes.length ? null : (row) => state.scene.pExists[row],
      color: "var(--cz-faint)",
      votes: null,
    });
    const none = new Answer("x", { exists: false, label: null }, "no instance", settle, {
      share: (row) => 1 - state.scene.pExists[row],
      color: "var(--cz-faint)",
      votes: null,
    });
    open.node.classList.toggle("cz-half", classes.length > 0);
    const stands = button("", "cz-inspect-answer cz-half cz-plain", () => settle(standing(state, state.selected)));
    stands.append(element("kbd", "cz-key", ["Enter"]), this.standsMark, element("span", "cz-inspect-class", ["as it stands"]));
    this.answersOf = [...classAnswers, none, open];
    this.answers.replaceChildren(
      element("div", "cz-inspect-classes", classAnswers.map((answer) => answer.node)),
      none.node, open.node, stands,
    );
    this.update();
  }

  private update(): void {
    const { state } = this.source;
    const { scene, selected: row } = state;
    const none = row < 0;
    this.head.hidden = this.answers.hidden = none;
    this.invitation.hidden = !(none && state.waiting > 0);
    if (none) return;
    const place = placeOf(scene, row);
    const doubtful = scene.review.includes(row);
    this.name.textContent = middleEllipsis(scene.ids[row], NAME_LIMIT);
    this.name.title = scene.ids[row];
    this.why.textContent = doubtful ? whyDoubtful(place, scene.classes, scene.minProbability) : "not doubtful";
    this.why.classList.toggle("cz-quiet", !doubtful);
    const facts: [string, string][] = [
      ["exists", percent(place.pExists)],
      ["marked", readsText(place).replace(/^marked (in|by) /, "")],
      ["readers", String(place.nReaders)],
    ];
    if (scene.classes.length && !Number.isNaN(scene.entropy[row])) facts.push(["entropy", `${twoDecimals(scene.entropy[row])} bits`]);
    this.facts.replaceChildren(
      ...facts.map(([term, value]) => element("div", "", [element("dt", "", [term]), element("dd", "", [value])])),
    );
    this.canvas.setAttribute("aria-label", `The picture around ${scene.ids[row]}`);
    const stands = standing(state, row);
    this.standsMark.replaceChildren(verdictMark(stands));
    for (const answer of this.answersOf) answer.show(row, stands, state.decisionOf(row));
    this.redraw();
  }
}

interface Shown {
  /** How likely the answer is right, null where that is not known */
  share: ((row: number) => number) | null;
  color: string;
  /** Votes for it, undefined where they are not known */
  votes: ((row: number) => number | undefined) | null;
}

/** A button that settles the selected instance, with its key and how likely the answer is. */
class Answer {
  readonly node: HTMLButtonElement;
  private readonly fill = element("span");
  private readonly value = element("span", "cz-inspect-share");

  constructor(
    key: string,
    private readonly verdict: Verdict,
    private readonly name: string,
    settle: (verdict: Verdict) => void,
    private readonly shown: Shown,
  ) {
    this.node = button("", "cz-inspect-answer", () => settle(verdict));
    const words = element("span", "cz-inspect-class", [name]);
    words.title = name;
    this.node.append(element("kbd", "cz-key", [key]), verdictMark(verdict), words);
    if (shown.share) {
      this.fill.style.background = shown.color;
      this.node.append(element("span", "cz-inspect-bar", [this.fill]));
    }
    this.node.append(this.value);
    if (key) this.node.setAttribute("aria-keyshortcuts", key);
  }

  /** Shows what it has for a row that stands as `stands`, and whether it was the decision. */
  show(row: number, stands: Verdict, decision: Verdict | undefined): void {
    const share = this.shown.share?.(row) ?? NaN;
    const known = !Number.isNaN(share);
    const chosen = decision !== undefined && same(decision, this.verdict);
    const votes = this.shown.votes?.(row);
    const chance = known ? percent(share) : "";
    this.fill.style.width = known ? `${100 * share}%` : "0";
    this.value.textContent = chosen ? "✓" : chance;
    this.node.classList.toggle("cz-stands", same(stands, this.verdict));
    this.node.setAttribute("aria-pressed", String(chosen));
    this.node.setAttribute("aria-label", [this.name, chance, votes === undefined ? "" : votesText(votes)].filter(Boolean).join(", "));
    this.node.title = votes === undefined ? "" : votesText(votes);
  }
}

function same(a: Verdict, b: Verdict): boolean {
  return a.exists === b.exists && a.label === b.label;
}

/** A vote on a mark that may belong elsewhere counts in part. */
function votesText(votes: number): string {
  return plural(Math.round(10 * votes) / 10, "vote");
}
