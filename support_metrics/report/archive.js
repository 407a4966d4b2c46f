"use strict";
(() => {
  const weeks = new Map([...document.querySelectorAll("a[data-week]")].map((link) => [link.dataset.week, link]));
  const form = document.getElementById("picker");
  const status = document.getElementById("picked");
  const monday = (day) => {
    const date = new Date(`${day}T12:00:00Z`);
    if (Number.isNaN(date.valueOf())) return "";
    date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
    return date.toISOString().slice(0, 10);
  };
  const go = (day, instead) => {
    const week = monday(day);
    const link = weeks.get(week);
    if (link) {
      if (instead) location.replace(link.href);
      else location.assign(link.href);
      return;
    }
    status.textContent = week ? `There is no report of the week that begins on ${week}${[...weeks.keys()][0] < week ? " yet" : ""}.` : "";
  };
  form.hidden = false;
  form.querySelector("input").addEventListener("change", (event) => event.target.value && go(event.target.value, false));
  const asked = new URLSearchParams(location.search).get("week");
  if (asked) go(asked, true);
})();
