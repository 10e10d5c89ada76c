/** A round's form at the door: which questions show, and whether the answers fit. The same rules as `crates/rounds/src/form.rs`. */

import { h } from "../dom";
import { isPhoto, isPlace, isSignature, photoControl, placeControl, signatureControl } from "./controls";
import type { Answers, Question, Words } from "./types";
import type { RoundTexts } from "./texts";

/** Whether a question shows, by the answers so far. */
export function shows(questions: Question[], question: Question, answers: Answers): boolean {
  const only = question.only_if;
  if (!only) return true;
  const other = questions.find((one) => one.name === only.question);
  if (!other || !shows(questions, other, answers)) return false;
  const answer = answers[only.question];
  if (answer === undefined) return false;
  return Array.isArray(answer) ? answer.includes(only.is) : String(answer) === only.is;
}

function fits(question: Question, answer: Answers[string]): boolean {
  const chosen = (value: string): boolean => question.choices.some((choice) => choice.value === value);
  switch (question.kind) {
    case "text":
      return typeof answer === "string" && !(question.required && answer.trim() === "") && answer.length <= 300;
    case "number":
    case "temperature":
      return (
        typeof answer === "number" &&
        Number.isInteger(answer) &&
        (question.least === null || answer >= question.least) &&
        (question.most === null || answer <= question.most)
      );
    case "choice":
      return typeof answer === "string" && chosen(answer);
    case "several":
      return Array.isArray(answer) && !(question.required && answer.length === 0) && answer.every(chosen);
    case "place":
      return typeof answer === "string" && isPlace(answer);
    case "photo":
      return typeof answer === "string" && isPhoto(answer);
    case "signature":
      return typeof answer === "string" && isSignature(answer);
    case "date":
      return typeof answer === "string" && /^\d{4}-\d{2}-\d{2}$/.test(answer) && !Number.isNaN(Date.parse(answer));
  }
}

/** Names of the questions that show and whose answers do not fit, or that must be answered and are not. */
export function unfit(questions: Question[], answers: Answers): string[] {
  return questions
    .filter((one) => shows(questions, one, answers))
    .filter((one) => {
      const answer = answers[one.name];
      return answer === undefined ? one.required : !fits(one, answer);
    })
    .map((one) => one.name);
}

/** The answers to what is asked; what is left over of questions that no longer show is dropped. */
export function asked(questions: Question[], answers: Answers): Answers {
  return Object.fromEntries(Object.entries(answers).filter(([name]) => questions.some((one) => one.name === name && shows(questions, one, answers))));
}

/** Of what is known, the answers that the form still takes. */
export function confirmed(questions: Question[], known: Answers): Answers {
  return Object.fromEntries(questions.flatMap((one) => (one.name in known && fits(one, known[one.name]!) ? [[one.name, known[one.name]!]] : [])));
}

/** A number as it is typed. */
const written = (question: Question, answer: Answers[string] | undefined): string =>
  answer === undefined ? "" : question.kind === "temperature" ? (Number(answer) / 10).toFixed(1) : String(answer);

/** What was typed for a number; undefined for nothing, NaN for no number. */
function typed(question: Question, text: string): number | undefined {
  const words = text.trim().replace(",", ".");
  if (words === "") return undefined;
  if (question.kind === "temperature") return /^\d+(\.\d)?$/.test(words) ? Math.round(Number(words) * 10) : NaN;
  return /^-?\d+$/.test(words) ? Number(words) : NaN;
}

/** The form as it is filled in, with what is known already; `done` is called with answers that fit. */
export function formPanel(
  questions: Question[],
  known: Answers,
  lang: string,
  t: RoundTexts,
  done: (answers: Answers) => void,
  cancel: () => void,
): HTMLElement {
  const say = (words: Words): string => (lang.startsWith("en") && words.en ? words.en : words.zh);
  const before = confirmed(questions, known);
  const answers: Answers = { ...before };
  const rows = new Map<string, { row: HTMLElement; error: HTMLElement }>();
  const set = (question: Question, answer: Answers[string] | undefined): void => {
    if (answer === undefined) delete answers[question.name];
    else answers[question.name] = answer;
    rows.get(question.name)!.error.textContent = "";
    refresh();
  };
  const refresh = (): void => {
    for (const question of questions) rows.get(question.name)!.row.hidden = !shows(questions, question, answers);
  };
  const chosen = (question: Question, value: string): boolean => {
    const answer = before[question.name];
    return Array.isArray(answer) ? answer.includes(value) : answer === value;
  };
  const control = (question: Question): HTMLElement => {
    const take = (answer: string | undefined): void => set(question, answer);
    if (question.kind === "place") return placeControl(t, question.name, before[question.name] as string | undefined, take);
    if (question.kind === "photo") return photoControl(t, question.name, say(question.words), take);
    if (question.kind === "signature") return signatureControl(t, question.name, say(question.words), take);
    if (question.kind === "choice" || question.kind === "several") {
      const many = question.kind === "several";
      return h(
        "div",
        { class: "gate-pair" },
        ...question.choices.map((choice) =>
          h(
            "button",
            {
              type: "button",
              class: "gate-side",
              "data-key": `${question.name}-${choice.value}`,
              "aria-pressed": String(chosen(question, choice.value)),
              click: (event) => {
                const button = event.currentTarget as HTMLElement;
                const now = answers[question.name];
                if (many) {
                  const before = Array.isArray(now) ? now : [];
                  const after = before.includes(choice.value) ? before.filter((one) => one !== choice.value) : [...before, choice.value];
                  button.setAttribute("aria-pressed", String(after.includes(choice.value)));
                  set(question, after.length > 0 ? after : undefined);
                } else {
                  for (const other of Array.from(button.parentElement!.children)) other.setAttribute("aria-pressed", String(other === button));
                  set(question, choice.value);
                }
              },
            },
            say(choice.words),
          ),
        ),
      );
    }
    const number = question.kind === "number" || question.kind === "temperature";
    const label = say(question.words);
    return h("input", {
      class: "gate-search",
      type: question.kind === "date" ? "date" : "text",
      value: written(question, before[question.name]),
      inputmode: question.kind === "number" ? "numeric" : number ? "decimal" : undefined,
      maxlength: 300,
      "aria-label": label,
      autocomplete: "off",
      "data-key": question.name,
      input: (event) => {
        const { value } = event.target as HTMLInputElement;
        set(question, number ? typed(question, value) : value.trim() === "" ? undefined : value.trim());
      },
    });
  };
  const list = questions.map((question) => {
    const error = h("span", { class: "field-error", role: "alert" });
    const row = h(
      "div",
      { class: "gate-field" },
      h("span", {}, say(question.words) + (question.required ? " *" : "")),
      question.name in before ? h("em", { class: "form-known" }, t.known) : null,
      control(question),
      error,
    );
    rows.set(question.name, { row, error });
    return row;
  });
  refresh();
  return h(
    "form",
    {
      class: "gate-form",
      novalidate: true,
      submit: (event) => {
        event.preventDefault();
        const wrong = unfit(questions, answers);
        for (const question of questions) rows.get(question.name)!.error.textContent = wrong.includes(question.name) ? t.formWrong : "";
        const first = wrong[0];
        if (first === undefined) return done(asked(questions, answers));
        rows.get(first)!.row.scrollIntoView({ block: "center" });
      },
    },
    ...list,
    h("button", { class: "gate-big go", "data-key": "save" }, t.save),
    h("button", { type: "button", class: "gate-side", "data-key": "cancel", click: cancel }, t.cancel),
  );
}
