/** The product's own sentences, read from the locale files of its rooms, so that tests speak the page's language. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export type Words = (key: string, args?: Record<string, string | number>) => string;

const crates = join(dirname(fileURLToPath(import.meta.url)), "../../crates");
const known = new Map<string, Map<string, string>>();

function load(tag: "zh-CN" | "en"): Map<string, string> {
  const found = new Map<string, string>();
  for (const room of readdirSync(crates)) {
    const file = join(crates, room, "locales", `${tag}.ftl`);
    if (!existsSync(file)) continue;
    for (const line of readFileSync(file, "utf8").split("\n")) {
      const entry = /^([a-z][\w-]*) = (.+)$/.exec(line);
      // Sentences with plurals are longer than a line and not for here.
      if (entry && !entry[2]!.endsWith("->")) found.set(entry[1]!, entry[2]!.trim());
    }
  }
  return found;
}

/** The sentences for a browser's locale. */
export function words(locale: string): Words {
  const tag = locale.startsWith("zh") ? "zh-CN" : "en";
  let sentences = known.get(tag);
  if (!sentences) known.set(tag, (sentences = load(tag)));
  return (key, args = {}) => {
    const sentence = sentences.get(key);
    if (sentence === undefined) throw new Error(`no sentence ${key} in ${tag}`);
    return sentence.replace(/\{ \$(\w+) \}/g, (_, name: string) => String(args[name] ?? ""));
  };
}
