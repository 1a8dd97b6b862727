const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const withYear = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const timeOf = (at: string): string => clock.format(new Date(at));
export const fullTimeOf = (at: string): string => full.format(new Date(at));

/** The local calendar day, as a key. */
export function dayOf(at: string): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

export function dayLabel(at: string, now: Date): string {
  const days = Math.round((startOfDay(now) - startOfDay(new Date(at))) / DAY);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return (new Date(at).getFullYear() === now.getFullYear() ? weekday : withYear).format(new Date(at));
}

/** "2 minutes ago", for things that are not read aloud over and over. */
export function ago(at: string, now: number): string {
  const past = Math.max(0, now - Date.parse(at));
  if (past < MINUTE) return "just now";
  if (past < HOUR) return relative.format(-Math.floor(past / MINUTE), "minute");
  if (past < DAY) return relative.format(-Math.floor(past / HOUR), "hour");
  if (past < 7 * DAY) return relative.format(-Math.floor(past / DAY), "day");
  return short.format(new Date(at));
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
