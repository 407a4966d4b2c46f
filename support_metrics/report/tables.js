"use strict";
(() => {
  const rowsOf = (table) => [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => !row.classList.contains("group"));
  const shown = (row) => !row.hidden;
  // What innerText would give, had it any text of what is folded away.
  const textOf = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    const within = [...node.childNodes].map(textOf).join("");
    return node.nodeType === Node.ELEMENT_NODE && node.matches("p, br, .block") ? ` ${within} ` : within;
  };
  const plain = (cell) => (cell.dataset.value ?? textOf(cell)).replace(/\s+/g, " ").trim();
  // Spreadsheets run text that begins like this as a formula; OWASP, "CSV Injection".
  const harmless = (text) => (/^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/.test(text) && !/^[+-]?[\d.,]+$/.test(text) ? `'${text}` : text);
  const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const linkOf = (cell) => cell.querySelector("a[href]")?.href ?? "";

  // A table with facts holds all its rows, those shown first, with a column for each; elsewhere what is shown is all there is.
  const facts = new WeakMap();
  for (const held of document.querySelectorAll("script.facts")) {
    const { columns, rows } = JSON.parse(held.textContent);
    const table = held.previousElementSibling;
    const those = rowsOf(table);
    facts.set(table, { columns, of: new Map(those.map((row, at) => [row, rows[at]])), rest: rows.slice(those.length) });
  }
  // Moments as the page shows them, so that a filter finds them among the rows that it does not show.
  const zoned = new Intl.DateTimeFormat("en-GB", {
    timeZone: document.documentElement.dataset.zone, weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
  });
  const moment = (cell) => (/^\d{4}-\d\d-\d\dT[\d:]+Z$/.test(cell) ? zoned.format(new Date(cell)).replaceAll(",", "") : "");
  const sought = new WeakMap(); // the words that each table is filtered by
  const has = (text, words) => words.every((word) => text.toLocaleLowerCase().includes(word));
  const held = (table, { columns, of, rest }) => {
    const words = sought.get(table) ?? [];
    const those = rowsOf(table).filter(shown).map((row) => of.get(row));
    return [columns, ...those, ...rest.filter((cells) => has([...cells, ...cells.map(moment)].join(" "), words))];
  };
  const seen = (table) => {
    const rows = rowsOf(table).filter(shown);
    const heads = [...table.tHead.rows[0].cells].map((head) => head.dataset.title ?? head.textContent.trim());
    const hasLinks = heads.map((_, at) => rows.some((row) => row.cells[at] && linkOf(row.cells[at])));
    const spread = (cells, link) => cells.flatMap((cell, at) => (hasLinks[at] ? [cell, link(at)] : [cell]));
    const body = rows.map((row) => spread([...row.cells].map(plain), (at) => linkOf(row.cells[at])));
    return [spread(heads, (at) => `${heads[at]} link`), ...body];
  };
  const lines = (table) => {
    const all = facts.has(table) ? held(table, facts.get(table)) : seen(table);
    return all.map((line) => line.map((cell) => harmless(cell.replace(/\s+/g, " ").trim())));
  };

  const button = (text, says, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", says);
    made.addEventListener("click", act);
    return made;
  };

  const week = document.documentElement.dataset.week;
  const save = (table) => {
    const text = lines(table).map((line) => line.map(quoted).join(",")).join("\r\n");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\uFEFF", text, "\r\n"], { type: "text/csv" }));
    link.download = `${week}-${table.dataset.name}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  const copy = async (table, say) => {
    const all = lines(table);
    try {
      await navigator.clipboard.writeText(all.map((line) => line.join("\t")).join("\n"));
      say(`Copied ${all.length - 1} ${all.length === 2 ? "row" : "rows"}`);
    } catch {
      say("The browser does not allow copying");
    }
  };

  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const number = (text) => (/^-?[\d,]+(\.\d+)?(e-?\d+)?$/i.test(text) ? Number(text.replaceAll(",", "")) : NaN);
  const compare = (a, b) => {
    if (!a || !b) return a ? -1 : b ? 1 : 0; // what is not known stands last
    const [x, y] = [number(a), number(b)];
    return Number.isNaN(x) || Number.isNaN(y) ? order.compare(a, b) : x - y;
  };
  const sort = (table, at, head) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    for (const body of table.tBodies) {
      const rows = [...body.rows].filter((row) => !row.classList.contains("group"));
      const keyed = rows.map((row) => [row.cells[at] ? plain(row.cells[at]) : "", row]);
      keyed.sort(([a], [b]) => (!a || !b ? compare(a, b) : down ? compare(b, a) : compare(a, b)));
      body.append(...keyed.map(([, row]) => row));
    }
  };
  const filter = (table, text) => {
    const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    sought.set(table, words);
    const rows = rowsOf(table);
    for (const row of rows) row.hidden = !has(row.textContent, words);
    for (const group of table.querySelectorAll("tr.group")) group.hidden = ![...group.parentElement.rows].some((row) => row !== group && shown(row));
    return words.length ? `${rows.filter(shown).length} of ${rows.length}` : "";
  };
  // On a phone each row becomes a card; the roles keep it a table for those who hear it.
  const card = (table, heads) => {
    table.setAttribute("role", "table");
    for (const part of [table.tHead, ...table.tBodies]) part.setAttribute("role", "rowgroup");
    for (const row of table.rows) row.setAttribute("role", "row");
    for (const head of heads) head.setAttribute("role", "columnheader");
    for (const row of rowsOf(table)) {
      [...row.cells].forEach((cell, at) => {
        cell.setAttribute("role", cell.tagName === "TH" ? "rowheader" : "cell");
        if (cell.tagName === "TD") cell.dataset.label = heads[at].dataset.title;
      });
    }
  };

  for (const table of document.querySelectorAll("table.tooled")) {
    const caption = table.caption.textContent.trim();
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, at) => {
      const title = head.textContent.trim();
      head.dataset.title = title;
      const press = button(title, `${title}: sort`, () => sort(table, at, head));
      press.className = "sort";
      head.replaceChildren(press);
    });
    const bar = document.createElement("div");
    bar.className = "tools";
    const status = document.createElement("span");
    status.setAttribute("role", "status");
    if (table.matches(".carded")) card(table, heads);
    let counted = "";
    let wait = 0;
    const say = (text) => {
      clearTimeout(wait);
      status.textContent = text;
      wait = setTimeout(() => { status.textContent = counted; }, 4_000);
    };
    if (rowsOf(table).length > 5) {
      const search = document.createElement("input");
      search.type = "search";
      search.placeholder = "Filter";
      search.setAttribute("aria-label", `Filter: ${caption}`);
      search.addEventListener("input", () => { status.textContent = counted = filter(table, search.value); });
      bar.append(search);
    }
    bar.append(status, button("Copy", `Copy: ${caption}`, () => copy(table, say)), button("CSV", `Download as CSV: ${caption}`, () => save(table)));
    const place = table.closest(".scroll");
    const figure = table.closest("figure");
    const chart = figure?.querySelector(".chart");
    if (chart) {
      const quick = document.createElement("div");
      quick.className = "tools quick";
      quick.append(bar.lastElementChild);
      figure.prepend(quick);
    }
    if (bar.childElementCount) place.before(bar);
  }

  for (const title of document.querySelectorAll("section[id] > h2, section > h3[id]")) {
    const link = document.createElement("a");
    link.className = "deep";
    link.href = `#${title.parentElement.matches("section[id]") && title.tagName === "H2" ? title.parentElement.id : title.id}`;
    link.setAttribute("aria-label", `Link to “${title.textContent.trim()}”`);
    link.textContent = "#";
    title.append(" ", link);
  }
  // What a link leads to within a folded part is unfolded.
  const unfold = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
  };
  addEventListener("hashchange", unfold);
  // What is folded on the screen is not lost on paper.
  const folded = [];
  addEventListener("beforeprint", () => {
    folded.splice(0, folded.length, ...document.querySelectorAll("details.card:not([open])"));
    for (const part of folded) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of folded) part.open = false;
  });
  unfold();
  document.documentElement.classList.add("tabled");
})();
