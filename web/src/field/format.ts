/** Times and spans in the words of the page, in the zone of the place. */

export interface Format {
  /** 08:05 */
  time(at: string | number): string;
  /** 2月10日 周一 / Mon, 10 Feb */
  date(at: string | number): string;
  /** The local day, for comparing: 2020-02-10 */
  day(at: string | number): string;
  number(value: number): string;
}

export function makeFormat(lang: string, zone: string): Format {
  const make = (options: Intl.DateTimeFormatOptions, locale = lang): Intl.DateTimeFormat => {
    try {
      return new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
    } catch {
      return new Intl.DateTimeFormat(locale, options);
    }
  };
  const time = make({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const date = make({ month: "short", day: "numeric" }, lang === "en" ? "en-GB" : lang);
  const weekday = make({ weekday: "short" }, lang === "en" ? "en-GB" : lang);
  const day = make({ year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA");
  const number = new Intl.NumberFormat(lang);
  const instant = (at: string | number) => new Date(at);
  return {
    time: (at) => time.format(instant(at)),
    date: (at) =>
      lang.startsWith("zh")
        ? `${date.format(instant(at))} ${weekday.format(instant(at))}`
        : `${weekday.format(instant(at))}, ${date.format(instant(at))}`,
    day: (at) => day.format(instant(at)),
    number: (value) => number.format(value),
  };
}
