// Times of the service, which are UTC, as the reader's clock has them.

import { html, signal } from "./ui.js";

const MINUTE = 60000;
const SECONDS = { s: 1, m: 60, h: 3600, d: 86400 };
const LONG = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

const read = (text) => /^\d{4}-\d\d-\d\dT/.test(text || "") ? Date.parse(text) : NaN;

/**
 * How far a moment is from now: "in 2 h", "3 min ago", "less than a minute ago". Below two hours with
 * minutes, from then on rounded to hours, and from a week on to days.
 */
export function away(milliseconds, now = Date.now()) {
  const isAhead = milliseconds > now;
  const exact = Math.abs(milliseconds - now) / MINUTE;
  // what is over has lasted whole minutes; what comes is as far away as it was just set to be
  const minutes = isAhead ? Math.round(exact) : Math.floor(exact);
  const text = minutes === 0 ? "less than a minute" : span(minutes);
  return isAhead ? `in ${text}` : `${text} ago`;
}

function span(minutes) {
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  if (minutes < 120) return minutes === 60 ? "1 h" : `1 h ${minutes - 60} min`;
  if (hours < 24) return `${hours} h`;
  const days = Math.floor(hours / 24);
  if (days >= 7) return `${Math.round(hours / 24)} d`;
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

/** A moment as date and time of the reader's place. */
export const local = (text) => Number.isNaN(read(text)) ? text || "" : LONG.format(read(text));

/** The time of day of the reader's place. */
export const clock = (text) => Number.isNaN(read(text)) ? "" : CLOCK.format(read(text));

/** Changes as long as the page is open: what is shown with it stays true. */
const tick = signal(0);
setInterval(() => { tick.value += 1; }, 5000);

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
