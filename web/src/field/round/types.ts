/** What the server says of rounds (docs/interfaces.md), and what is recorded at a door. */

export type Outcome = "done" | "told" | "letter" | "nobody-in" | "refused" | "moved" | "exempt" | "needs-help";
export type Need = "medicine" | "examination" | "medical-trip" | "food" | "other";

export interface Visited {
  round: string;
  piece: string;
  target: string;
  outcome: Outcome;
  need?: Need;
  note?: string;
  answers?: Answers;
}

/** A piece taken without a network. */
export interface Claimed {
  round: string;
  piece: string;
}

export type QuestionKind = "text" | "number" | "temperature" | "choice" | "several" | "date" | "place" | "photo" | "signature";

export interface Words {
  zh: string;
  en: string;
}

export interface Question {
  name: string;
  kind: QuestionKind;
  words: Words;
  required: boolean;
  /** Tenths of a degree for temperatures. */
  least: number | null;
  most: number | null;
  choices: { value: string; words: Words }[];
  only_if: { question: string; is: string } | null;
  /** The answer is kept, and shown to be confirmed the next time. */
  remember?: boolean;
}

export type Answers = Record<string, string | number | string[]>;

export interface Offer {
  outcome: Outcome;
  /** Final. */
  last: boolean;
}

export interface Work {
  id: string;
  name: string;
  place: string;
  kind: string;
  reach: string;
  deadline: string;
  /** The most common first. */
  offers: Offer[];
  targets: number;
  finals: number;
  /** Asked with the first outcome. */
  form?: { questions: Question[] } | null;
}

export interface Piece {
  id: string;
  place: string;
  name: string;
  floors: number;
  lift: boolean;
  /** Minutes. */
  effort: number;
  team: number;
  targets: number;
  finals: number;
  mine: boolean;
  held: boolean;
}

export interface Door {
  id: string;
  unit: string;
  floor: number;
  label: string;
  name: string;
  people: number;
  weak: boolean;
  outcome: Outcome | "";
  last: boolean;
  tries: number;
  at: string | null;
  /** What is known already of what the form asks. */
  known?: Answers;
}

export interface Sheet {
  round: Work;
  piece: Piece;
  doors: Door[];
  shift: string | null;
  now: string;
  until: string;
}
