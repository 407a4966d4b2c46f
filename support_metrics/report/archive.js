"use strict";
(() => {
  const weeks = new Map([...document.querySelectorAll("a[data-week]")].map((link) => [link.dataset.week, link]));
  const form = document.getElementById("picker");
  const input = form.querySelector("input");
  const status = document.getElementById("picked");
  const monday = (day) => {
    const date = new Date(`${day}T12:00:00Z`);
    if (Number.isNaN(date.valueOf())) return "";
    date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
    return date.toISOString().slice(0, 10);
  };
  // As elsewhere: 2 – 8 March 2026, naming month and year twice only where they change.
  const named = (week) => {
    const first = new Date(`${week}T12:00:00Z`);
    const last = new Date(first);
    last.setUTCDate(first.getUTCDate() + 6);
    const said = (date, parts) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...parts }).format(date);
    const [day, month, year] = [{ day: "numeric" }, { month: "long" }, { year: "numeric" }];
    const start = said(first, { ...day, ...(said(first, month) !== said(last, month) && month), ...(said(first, year) !== said(last, year) && year) });
    return `${start} – ${said(last, { ...day, ...month, ...year })}`;
  };
  const go = (day, instead) => {
    const week = monday(day);
    const link = weeks.get(week);
    if (link) {
      if (instead) location.replace(link.href);
      else location.assign(link.href);
      return;
    }
    status.textContent = week ? `There is no report of the week of ${named(week)}${[...weeks.keys()][0] < week ? " yet" : ""}.` : "";
  };
  form.hidden = false;
  // The browser itself refuses days before the first week or after the last.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go(input.value, false);
  });
  const asked = new URLSearchParams(location.search).get("week");
  if (asked) go(asked, true);
})();
