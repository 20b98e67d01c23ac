"use strict";
// What the page shows of a figure: panels that Vega draws, a tooltip, the trials behind a mark.
(() => {
  const content = JSON.parse(document.getElementById("content").textContent);
  const { cells, marks, names, trials } = content;
  const panels = document.getElementById("panels");
  const details = document.getElementById("details");
  const tip = document.getElementById("tip");
  const views = [];
  let picked = null;

  // Elements and texts. Texts are never read as HTML.
  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  // A number as a paper writes it: 1.2e-7, 0.85, 340.
  function shown(value, digits = 4) {
    if (typeof value !== "number") return String(value);
    const size = Math.abs(value);
    const text = size !== 0 && (size < 1e-3 || size >= 1e6)
      ? value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e")
      : String(Number(value.toPrecision(digits)));
    return Number.isInteger(value) && size < 1e6 ? String(value) : text;
  }

  const between = (low, high) => `${shown(low, 3)} to ${shown(high, 3)}`;
  // Infinite numbers and NaN are texts, which no axis has a place for.
  const placed = (value) => (typeof value === "number" ? value : null);

  // One object for each mark, as Vega has them.
  const rows = marks.panel.map((panel, id) => {
    const row = { id };
    for (const name in marks) row[name] = marks[name][id];
    if (content.kind === "curve") {
      const series = content.series[row.series];
      for (const name of ["x", "y", "bar_low", "bar_high"]) row[name] = placed(row[name]);
      row.colour = series.colour;
      row.dash = series.dash || [];
      row.symbol = row.beyond ? "M0,-1.05L1,.85H-1Z" : series.symbol;
      row.fill = row.beyond ? "#ffffff" : series.colour;
      row.through = row.beyond ? null : row.y;
    }
    return row;
  });

  // What lies over the marks of a panel.
  function over(panel) {
    const lines = [], points = [];
    content.lines.forEach((line, number) => {
      if (line.panel !== panel) return;
      line.x.forEach((x, place) => lines.push({
        line: number, place, x: placed(x), y: placed(line.y[place]),
        colour: line.colour, dash: line.dash, width: line.width,
      }));
    });
    for (const group of content.points) {
      if (group.panel !== panel) continue;
      group.x.forEach((x, i) => points.push({
        x: placed(x), y: placed(group.y[i]), colour: group.colour, symbol: group.symbol,
        fill: group.open ? "transparent" : group.colour,
        x_low: group.x_low[i], x_high: group.x_high[i], y_low: group.y_low[i], y_high: group.y_high[i],
      }));
    }
    return { lines, points };
  }

  // Words: where a mark is, and its numbers.
  function place(row) {
    const parts = [content.panels[row.panel]];
    if (content.series) parts.push(content.series[row.series].label);
    parts.push(`${names.x} = ${shown(row.x)}`);
    if (names.y) parts.push(`${names.y} = ${shown(row.y)}`);
    return parts.filter(Boolean).join(", ");
  }

  function facts(row) {
    const found = [
      [names.value, shown(row.value)],
      [content.interval, between(row.low, row.high)],
      ["recovered", `${row.recovered} of ${row.trials}`],
    ];
    if (content.over_recovered) found.push(["trials in the statistic", shown(row.used)]);
    found.push(["capped", shown(row.capped)], ["diverged", shown(row.diverged)]);
    if (row.cells.length > 1) found.push(["cells", shown(row.cells.length)]);
    else {
      const cell = row.cells[0];
      found.push(
        ["median latent error", shown(cells.latent_error_median[cell])],
        ["median signal error", shown(cells.signal_error_median[cell])],
        ["median iterations", shown(cells.iterations_median[cell])],
      );
    }
    return found;
  }

  const summary = (row) => facts(row).map(([name, value]) => `${name} ${value}`).join(" · ");

  function cellName(cell) {
    return cells.axes.map((axis) => {
      const value = axis.values[axis.of[cell]];
      return axis.label ? `${axis.label} = ${value}` : value;
    }).join(", ");
  }

  // The command of a cell, or of one of its trials, by their place among all trials. Of seeds that
  // are taken together it has one: that of the trial, or the first.
  function command(cell, at) {
    const sets = cells.axes.map((axis) => ` --set ${axis.words[axis.of[cell]]}`).join("");
    const seed = trials && trials.seed ? ` --set seed=${trials.seed[at === null ? starts[cell] : at]}` : "";
    return content.command + sets + seed + (at === null ? "" : ` --trial ${trials.trial[at]}`);
  }

  // Where the trials of a cell begin among those of all cells.
  const starts = [0];
  for (const count of cells.trials) starts.push(starts[starts.length - 1] + count);

  // The trials of a cell, with the command that runs it, or one of them.
  function cellDetails(cell) {
    const code = element("code", {}, command(cell, null));
    const copy = element("button", { type: "button" }, "Copy");
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        copy.textContent = "Copied";
      } catch {
        // A browser that lets no page write to the clipboard: the reader presses Ctrl+C.
        getSelection().selectAllChildren(code);
        copy.textContent = "Selected";
      }
      setTimeout(() => { copy.textContent = "Copy"; }, 1500);
    });
    const made = [element("div", { class: "run" }, code, copy)];
    if (trials === null) {
      const most = content.most_trials.toLocaleString("en");
      made.push(element("p", { class: "summary" },
        `This sweep has more than ${most} trials, and the page leaves them out: trials.csv has them, and this command runs those of the cell.`));
      return made;
    }
    const heads = [...(trials.seed ? ["seed"] : []), "trial", "status", "iterations", ...trials.errors.map((e) => e.label), "recovered"];
    const body = element("tbody");
    for (let at = starts[cell]; at < starts[cell + 1]; at += 1) {
      const trial = trials.trial[at];
      const good = trials.recovered[at] === "1";
      const button = element("button", {
        type: "button", "aria-pressed": "false", title: `Command of trial ${trial} alone`,
      }, String(trial));
      button.addEventListener("click", () => {
        const on = button.getAttribute("aria-pressed") === "false";
        for (const other of body.querySelectorAll("button")) other.setAttribute("aria-pressed", "false");
        button.setAttribute("aria-pressed", String(on));
        code.textContent = command(cell, on ? at : null);
      });
      body.append(element("tr", good ? {} : { class: "failed" },
        ...(trials.seed ? [element("td", {}, String(trials.seed[at]))] : []),
        element("td", {}, button),
        element("td", {}, trials.statuses[trials.status[at]]),
        element("td", {}, shown(trials.iterations[at])),
        ...trials.errors.map((error) => element("td", {}, shown(error.values[at]))),
        element("td", {}, good ? "yes" : "no")));
    }
    const head = element("thead", {}, element("tr", {}, ...heads.map((h) => element("th", { scope: "col" }, h))));
    made.push(element("div", { class: "scroll" }, element("table", {}, head, body)));
    return made;
  }

  function showDetails(row) {
    details.replaceChildren(
      element("h2", {}, place(row)), element("p", { class: "summary" }, summary(row)));
    const others = atOnePlace(row).length - 1;
    if (others) details.append(element("p", { class: "summary" }, `${others + 1} marks lie here: click again for the next one.`));
    if (row.cells.length === 1) return details.append(...cellDetails(row.cells[0]));
    for (const cell of row.cells) {
      const text = `${cellName(cell)}: ${cells.recovered[cell]} of ${cells.trials[cell]} recovered`;
      const group = element("details", {}, element("summary", {}, text));
      // Its table is made when it is opened.
      group.addEventListener("toggle", () => {
        if (group.open && group.children.length === 1) group.append(...cellDetails(cell));
      });
      details.append(group);
    }
    return details.firstChild;
  }

  // Points of several series can lie at one place, where a pointer finds only the uppermost.
  function atOnePlace(row) {
    if (content.kind === "portrait") return [row];
    const at = (axis, other) => views[row.panel].scale(axis)(other[axis]);
    return rows.filter((other) => other.panel === row.panel && placed(other.y) !== null
      && Math.hypot(at("x", other) - at("x", row), at("y", other) - at("y", row)) < 3);
  }

  // A click where the chosen mark is goes to the next one there.
  function pickAt(row) {
    const here = atOnePlace(row), last = here.indexOf(picked);
    pick(last < 0 ? row : here[(last + 1) % here.length]);
  }

  function pick(row) {
    picked = row;
    showDetails(row);
    views.forEach((view, panel) => {
      view.data("picked", panel === row.panel ? [row] : []).runAsync();
    });
  }

  // The tooltip stays within the window.
  function showTip(row, x, y) {
    tip.replaceChildren(element("b", {}, place(row)), ...facts(row).map(([name, value]) =>
      element("div", {}, element("span", {}, name), element("span", {}, value))));
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, x + 14 + box.width > innerWidth ? x - 14 - box.width : x + 14)}px`;
    tip.style.top = `${Math.max(4, Math.min(y + 14, innerHeight - box.height - 4))}px`;
  }

  const hideTip = () => { tip.hidden = true; };
  const rowOf = (item) => (item && item.datum && item.datum.id !== undefined ? rows[item.datum.id] : null);

  // The mark of a panel that is next in a direction; sideways distance counts twice.
  function next(panel, key) {
    const [dx, dy] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
    const own = rows.filter((row) => row.panel === panel && placed(row.x) !== null && placed(row.y) !== null);
    if (!picked || picked.panel !== panel) return own[0] || null;
    const at = (row) => [views[panel].scale("x")(row.x), -views[panel].scale("y")(row.y)];
    const from = at(picked);
    let best = null, least = Infinity;
    for (const row of own) {
      const [x, y] = at(row).map((value, i) => value - from[i]);
      const ahead = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
      const distance = ahead + 2 * aside;
      if (ahead > 0.5 && distance < least) [best, least] = [row, distance];
    }
    return best;
  }

  async function showPanel(title, panel) {
    const chart = element("div", { class: "chart" });
    const label = `${title || document.title}: arrow keys choose a mark`;
    const figure = element("figure", { class: content.kind, tabindex: "0", role: "group", "aria-label": label });
    if (title) figure.append(element("figcaption", {}, title));
    figure.append(chart);
    panels.append(figure);
    const own = { marks: rows.filter((row) => row.panel === panel), picked: [], ...over(panel) };
    const chartOfPanel = structuredClone(content.chart);
    for (const data of chartOfPanel.data) if (data.name in own) data.values = own[data.name];
    const { view } = await vegaEmbed(chart, chartOfPanel, {
      mode: "vega", renderer: "svg", actions: false, tooltip: false, hover: false, defaultStyle: false,
    });
    views[panel] = view;
    view.addEventListener("pointermove", (event, item) => {
      const row = rowOf(item);
      if (row) showTip(row, event.clientX, event.clientY);
      else hideTip();
    });
    view.addEventListener("click", (event, item) => { const row = rowOf(item); if (row) pickAt(row); });
    figure.addEventListener("pointerleave", hideTip);
    figure.addEventListener("keydown", (event) => {
      if (!/^Arrow(Left|Right|Up|Down)$/.test(event.key)) return;
      event.preventDefault();
      const row = next(panel, event.key);
      if (row) pick(row);
    });
  }

  // The legend: shades, series, and what lies over them.
  function sample(entry) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const draw = (name, attributes) => {
      const made = document.createElementNS(svg.namespaceURI, name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      svg.append(made);
    };
    svg.setAttribute("width", 30);
    svg.setAttribute("height", 14);
    svg.setAttribute("aria-hidden", "true");
    if (entry.dash) {
      draw("path", { d: "M1,7H29", stroke: entry.colour, "stroke-width": entry.width, "stroke-dasharray": entry.dash.join(" ") });
    }
    if (entry.symbol) {
      draw("path", {
        d: entry.symbol, transform: "translate(15,7) scale(4)", stroke: entry.colour, "stroke-width": 0.3,
        fill: entry.open ? "none" : entry.colour,
      });
    }
    return svg;
  }

  const legend = document.getElementById("legend");
  if (content.shades) {
    const bar = element("span", { class: "bar" });
    bar.style.background = `linear-gradient(to right, ${content.shades.join(", ")})`;
    legend.append(element("li", {}, `${names.value} 0`, bar, "1"));
    if (content.holes) legend.append(element("li", {}, element("span", { class: "swatch" }), "not run"));
  }
  for (const entry of content.legend) legend.append(element("li", {}, sample(entry), entry.label));

  panels.style.setProperty("--columns", content.columns);
  if (content.panels.length === 1) panels.classList.add("single");
  // With many panels the trials stay in sight, at the lower edge of the window.
  if (content.panels.length > 3) details.classList.add("docked");
  Promise.all(content.panels.map(showPanel)).then(() => { document.body.dataset.ready = "yes"; });
})();
