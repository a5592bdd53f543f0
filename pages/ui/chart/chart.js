// Draws a chart with Plotly. Streamlit calls the default export with new data at every refresh; the chart hangs on its element, so
// nothing is mounted again and nothing flickers. Who comes back to a page finds the chart that was left, at once: to draw one takes
// Plotly as long as to draw the rest of the page. A zoom stays as long as `key` does (along x: `x_key`); Plotly's own `uirevision`
// would give it up, for the axes grow with the data.

const CONFIG = { displayModeBar: false, doubleClick: false, showTips: false };
const REACH = 20; // pixels between a click and the point it means, as far as Plotly's labels reach
const SVG = "http://www.w3.org/2000/svg";
const LATER_MS = 600; // the page comes first; what a chart shows meanwhile is hardly older than at any refresh
const whenIdle = (resolve) => (window.requestIdleCallback ?? requestAnimationFrame)(resolve, { timeout: 100 });
const KEPT = 12; // charts, also of pages that were left
const charts = (window.controlRoomCharts ??= new Set()); // of all elements: those of one zoom group follow each other
const known = (window.controlRoomKnownCharts ??= new Map()); // by what they showed first, the newest at the end

// Once for all charts of a page; where it could not be fetched, the next refresh tries again.
function loadPlotly(address) {
  window.controlRoomPlotly ??= new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = () => {
      window.controlRoomPlotly = null;
      resolve();
    };
    document.head.append(script);
  });
  return window.controlRoomPlotly;
}

// Pixels from a place to a line between two others; a place that is no number is nowhere near.
function awayFrom([x, y], [startX, startY], [endX, endY]) {
  const [wide, high] = [endX - startX, endY - startY];
  const along = Math.min(1, Math.max(0, ((x - startX) * wide + (y - startY) * high) / (wide ** 2 + high ** 2) || 0));
  return Math.hypot(startX + along * wide - x, startY + along * high - y);
}

class Chart {
  constructor(root) {
    this.plot = root.querySelector(".plot");
    this.hidden = new Set(); // groups that were clicked away in the legend
    this.plot.addEventListener("click", (event) => event.target.closest(".nsewdrag") && this.clicked(event), true);
    new ResizeObserver(() => this.fit()).observe(this.plot);
    this.enter(root, whenIdle); // a table above is seen before the first curve
  }

  // Stand in an element, the first one or that of a page that somebody has come back to, and draw there when it is time.
  enter(root, waiting) {
    this.root = root;
    this.due = new Promise(waiting);
    root.querySelector(".plot").replaceWith(this.plot);
    this.reset = root.querySelector(".reset");
    this.data = this.named = null;
    this.x = this.y = null; // the ranges that a person has zoomed to
    this.reset.addEventListener("click", () => this.zoomed(null, null));
    root.querySelectorAll(".take").forEach((button) => button.addEventListener("click", () => this.take(button.dataset.format)));
    charts.add(this);
  }

  receive(component) {
    const { data } = component;
    this.tell = (range) => data.zoom_group && component.setStateValue("zoom", range);
    const first = !this.data;
    if (this.data?.key !== data.key) this.y = null;
    if (this.data?.x_key !== data.x_key) this.x = null;
    this.data = data;
    if (first) this.x = this.neighbours().find((other) => other.x)?.x ?? (data.zoom.length ? data.zoom : null);
    this.root.style.height = `${data.height}px`;
    this.root.querySelector(".title").textContent = data.title;
    this.root.querySelector(".note").textContent = data.note;
    this.root.querySelector(".note").title = data.note;
    this.root.setAttribute("aria-label", data.title);
    this.plot.setAttribute("aria-label", `${data.title}: ${data.summary}`);
    this.root.querySelector(".empty").hidden = data.traces.length > 0;
    this.name(data.legend);
    this.draw();
  }

  async draw() {
    if (!this.data) return;
    await this.due;
    await loadPlotly(this.data.plotly);
    if (!window.Plotly) return;
    const first = !this.plot.data;
    this.reset.hidden = !this.x && !this.y;
    await window.Plotly.react(this.plot, this.traces(), this.layout(), CONFIG);
    if (!first) return;
    this.plot.on("plotly_doubleclick", () => this.zoomed(null, null));
    this.plot.on("plotly_relayout", (change) => {
      if (!Object.keys(change).some((name) => name.includes(".range"))) return;
      const { xaxis, yaxis } = this.plot.layout;
      this.zoomed([...xaxis.range], [...yaxis.range]);
    });
  }

  // To another page the browser goes by itself, as by a link: a click that waits in the server may be dropped with the part it was on.
  clicked({ clientX, clientY }) {
    const { goes_to: address, picks } = this.data;
    const link = this.linked(clientX, clientY);
    if (link) window.controlRoomFollow(link);
    const x = !link && (address || picks) ? this.nearest(clientX) : null;
    if (x === null) return;
    if (address) window.controlRoomFollow(address + Math.round(x));
    else this.pick(x);
  }

  // The x of the point at a place of the window. Plotly's own click is not used: Plotly forgets what the mouse points at whenever it
  // draws anew, and takes no click until the mouse has moved.
  nearest(place) {
    const { xaxis } = this.plot._fullLayout;
    const at = place - this.plot.getBoundingClientRect().left - xaxis._offset;
    let [found, distance] = [null, REACH];
    for (const { visible, hoverinfo, x: points } of this.plot._fullData) {
      if (visible !== true || hoverinfo === "skip") continue;
      for (const x of points) {
        const away = Math.abs(xaxis.d2p(x) - at);
        if (away <= distance) [found, distance] = [x, away];
      }
    }
    return found;
  }

  // The link of the point, or of the line, that is nearest to a place of the window.
  linked(x, y) {
    const { xaxis, yaxis } = this.plot._fullLayout;
    const { left, top } = this.plot.getBoundingClientRect();
    const at = [x - left - xaxis._offset, y - top - yaxis._offset];
    let [found, distance] = [null, REACH];
    for (const { visible, mode, customdata: links, x: across, y: up } of this.plot._fullData) {
      if (visible !== true || !links) continue;
      let before = null;
      for (let point = 0; point < links.length; point++) {
        const here = [xaxis.d2p(across[point]), yaxis.d2p(up[point])];
        const joined = before && mode.includes("lines") && links[point - 1] === links[point];
        const away = awayFrom(at, joined ? before : here, here);
        if (away <= distance) [found, distance] = [links[point], away];
        before = here.every(Number.isFinite) ? here : null;
      }
    }
    return found;
  }

  zoomed(x, y) {
    this.x = x;
    this.y = y;
    this.draw();
    for (const other of this.neighbours()) {
      other.x = x;
      if (!x) other.y = null;
      other.draw();
    }
    this.tell(x ?? []);
  }

  neighbours() {
    const { zoom_group: group, x_key: key } = this.data;
    for (const other of charts) if (!other.root.isConnected && other !== this) charts.delete(other);
    return [...charts].filter((other) => group && other !== this && other.data?.zoom_group === group && other.data.x_key === key);
  }

  // Columns and the sidebar change the width too, not only the window.
  fit() {
    const { data, clientWidth: wide, clientHeight: high, _fullLayout: drawn } = this.plot;
    if (data && wide && (Math.abs(wide - drawn.width) > 1 || Math.abs(high - drawn.height) > 1)) window.Plotly.Plots.resize(this.plot);
  }

  traces() {
    return this.data.traces.map((trace) => (this.hidden.has(trace.legendgroup) ? { ...trace, visible: false } : trace));
  }

  // The names below the chart. They are made anew only when they have changed: a click is never lost to a refresh.
  name(entries) {
    const box = this.root.querySelector(".legend");
    const text = JSON.stringify(entries);
    if (text === this.named) return;
    this.named = text;
    box.hidden = entries.length === 0;
    box.replaceChildren(...entries.map((entry) => this.entry(entry)));
  }

  entry({ name, whole, group, colour, dash, width }) {
    const line = document.createElementNS(SVG, "line");
    Object.entries({ x1: 0, y1: 5, x2: 26, y2: 5, stroke: colour, "stroke-width": width + 0.5, "stroke-dasharray": dash.join(" ") || "none" })
      .forEach(([attribute, value]) => line.setAttribute(attribute, value));
    const swatch = document.createElementNS(SVG, "svg");
    swatch.setAttribute("width", 26);
    swatch.setAttribute("height", 10);
    swatch.append(line);
    const label = document.createElement("span");
    label.textContent = name;
    label.title = whole;
    const button = document.createElement("button");
    button.type = "button";
    button.append(swatch, label);
    const press = () => button.setAttribute("aria-pressed", !this.hidden.has(group));
    button.addEventListener("click", () => {
      if (!this.hidden.delete(group)) this.hidden.add(group);
      press();
      this.draw();
    });
    press();
    return button;
  }

  // A picture of what is seen, with the title, on the theme's background, twice as sharp.
  take(format) {
    if (!this.plot.data) return;
    const layout = this.layout();
    const { title, legend } = this.data;
    const background = getComputedStyle(this.root).getPropertyValue("--st-background-color");
    const named = legend.length > 0;
    const picture = {
      data: this.traces(),
      layout: {
        ...layout,
        paper_bgcolor: background,
        title: { text: title.replaceAll("<", "&lt;"), x: 0.02, xanchor: "left", font: { size: 16 } },
        showlegend: named,
        legend: { orientation: "h", y: -0.2, yanchor: "top" },
        margin: { ...layout.margin, t: 44, b: named ? 110 : layout.margin.b },
      },
    };
    const filename = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-") || "chart";
    window.Plotly.downloadImage(picture, { format, filename, width: 1000, height: 600, scale: format === "png" ? 2 : 1 });
  }

  // The colours are those of the theme that is shown now.
  layout() {
    const style = getComputedStyle(this.root);
    const text = style.getPropertyValue("--st-text-color");
    const grid = style.getPropertyValue("--st-border-color");
    const axis = { color: text, gridcolor: grid, linecolor: grid };
    const { layout } = this.data;
    const themed = Object.entries(layout).map(([name, value]) => [name, name.match(/^[xy]axis/) ? { ...axis, ...value } : value]);
    const made = {
      ...Object.fromEntries(themed),
      uirevision: this.data.key,
      font: { family: style.fontFamily, size: 11, color: text },
      hoverlabel: { ...layout.hoverlabel, bgcolor: style.getPropertyValue("--st-background-color"), bordercolor: grid, font: { color: text } },
    };
    if (this.x) made.xaxis = { ...made.xaxis, range: [...this.x], autorange: false };
    if (this.y) made.yaxis = { ...made.yaxis, range: [...this.y], autorange: false };
    return made;
  }
}

// The chart of an element: its own, or the one that showed the same when its page was left, or a new one.
function chartIn(root, { key, title }) {
  if (root.chart) return root.chart;
  const name = `${key} ${title}`;
  const kept = known.get(name);
  const isFree = kept?.data?.key === key && kept.data.title === title && !kept.root.isConnected;
  if (isFree) kept.enter(root, (resolve) => setTimeout(resolve, LATER_MS));
  const chart = isFree ? kept : new Chart(root);
  known.delete(name);
  known.set(name, chart);
  if (known.size > KEPT) known.delete(known.keys().next().value);
  return chart;
}

export default function (component) {
  const root = component.parentElement.querySelector(".control-room-chart");
  root.chart = chartIn(root, component.data);
  root.chart.pick = (x) => component.setTriggerValue("point", x);
  root.classList.toggle("picks", component.data.picks || component.data.goes_to !== "" || component.data.traces.some(({ customdata }) => customdata));
  root.chart.receive(component);
}
