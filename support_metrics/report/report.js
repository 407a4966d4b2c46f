"use strict";
(() => {
  const darkOfLight = JSON.parse(document.getElementById("palette").textContent);
  const dark = matchMedia("screen and (prefers-color-scheme: dark)");
  const narrow = matchMedia("screen and (max-width: 40rem)");
  const print = matchMedia("print");
  const charts = [...document.querySelectorAll(".chart")];

  const inTheDark = (value) => {
    if (typeof value === "string") return darkOfLight[value] ?? value;
    if (Array.isArray(value)) return value.map(inTheDark);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inTheDark(inner)]));
  };

  // What is said of a point in one line is too wide for a phone.
  const lines = (said) => (Array.isArray(said) ? said.map(lines) : said.replaceAll(" · ", "<br>"));
  // Nor is there room for a number in every hour of a heat map.
  const slim = (trace) => ({ ...trace, texttemplate: undefined, customdata: trace.customdata && lines(trace.customdata) });

  const draw = (chart) => {
    let figure = JSON.parse(chart.nextElementSibling.textContent);
    if (dark.matches) figure = inTheDark(figure);
    if (narrow.matches && figure.layout.xaxis.dtick) figure.layout.xaxis.dtick *= 2;
    if (narrow.matches) figure.data = figure.data.filter((trace) => trace.meta !== "wide").map(slim);
    if (print.matches) figure.layout.width = chart.clientWidth;
    return Plotly.react(chart, figure.data, figure.layout, { displayModeBar: false, responsive: true });
  };
  const drawAll = () => Promise.all(charts.map(draw)).then(() => document.documentElement.classList.add("drawn"));

  for (const medium of [dark, narrow, print]) medium.addEventListener("change", drawAll);
  drawAll();
})();
