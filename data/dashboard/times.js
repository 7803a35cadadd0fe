// Times of the service, which are UTC, as the reader's clock has them.

import { html, signal } from "./ui.js";

const UNITS = [["d", 86400], ["h", 3600], ["min", 60]];
const SECONDS = { s: 1, m: 60, h: 3600, d: 86400 };
const LONG = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

const read = (text) => /^\d{4}-\d\d-\d\dT/.test(text || "") ? Date.parse(text) : NaN;

/** How far a moment is from now: "in 2 h", "3 min ago", "now"; the largest unit, two where that is days. */
export function away(milliseconds, now = Date.now()) {
  const seconds = Math.round(Math.abs(milliseconds - now) / 1000);
  const place = UNITS.findIndex(([, size]) => seconds >= size);
  if (place < 0) return "now";
  const [unit, size] = UNITS[place];
  const count = Math.floor(seconds / size);
  const rest = unit === "d" && count < 7 ? Math.floor((seconds % size) / 3600) : 0;
  const text = `${count} ${unit}${rest ? ` ${rest} h` : ""}`;
  return milliseconds > now ? `in ${text}` : `${text} ago`;
}

/** A moment as date and time of the reader's place. */
export const local = (text) => Number.isNaN(read(text)) ? text || "" : LONG.format(read(text));

/** The time of day of the reader's place. */
export const clock = (text) => Number.isNaN(read(text)) ? "" : CLOCK.format(read(text));

/** Changes as long as the page is open: what is shown with it stays true. */
const tick = signal(0);
setInterval(() => { tick.value += 1; }, 15000);

/** A moment that stays true: "in 2 h", with date and time behind it, or before it where it is long. */
export function Moment({ at, long: isLong = false }) {
  const milliseconds = read(at);
  if (Number.isNaN(milliseconds)) return html`<span>unknown</span>`;
  tick.value; // it is drawn anew when that changes
  return html`<time datetime=${at} title=${local(at)}>${isLong ? `${LONG.format(milliseconds)} (${away(milliseconds)})` : away(milliseconds)}</time>`;
}

/** How long something took: "3.2 s", "5 min 2 s", "2 h 5 min". */
export function between(seconds) {
  if (seconds < 60) return `${Number(seconds.toFixed(seconds < 10 ? 1 : 0))} s`;
  const whole = Math.round(seconds);
  const [large, small, size] = whole < 3600 ? ["min", "s", 60] : ["h", "min", 3600];
  const rest = Math.floor((whole % size) / (size / 60));
  return `${Math.floor(whole / size)} ${large}${rest ? ` ${rest} ${small}` : ""}`;
}

/** The seconds of a duration such as 90m or 2h; NaN where it is none. */
export function duration(text) {
  const [, count, unit] = /^(\d{1,9})([smhd]?)$/.exec(text.trim().toLowerCase()) || [];
  return count ? Number(count) * (SECONDS[unit] || 1) : NaN;
}
