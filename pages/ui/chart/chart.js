// Draws a chart with Plotly. Streamlit calls the default export with new data at every refresh; the chart hangs on its element, so
// nothing is mounted again and nothing flickers. A zoom stays as long as `key` does; Plotly's own `uirevision` would give it up, for
// the axes grow with the data.

const LOADED = "control-room-plotly";
const CONFIG = { displayModeBar: false, doubleClick: false, showTips: false };

class Chart {
  constructor(root) {
    this.root = root;
    this.plot = root.querySelector(".plot");
    this.reset = root.querySelector(".reset");
    this.zoom = null; // the ranges of both axes
    this.reset.addEventListener("click", () => this.release());
    new ResizeObserver(() => this.fit()).observe(this.plot);
    document.addEventListener(LOADED, () => this.draw(), { once: true });
  }

  receive(data) {
    if (this.data && this.data.key !== data.key) this.zoom = null;
    this.data = data;
    this.root.style.height = `${data.height}px`;
    this.root.querySelector(".title").textContent = data.title;
    this.root.querySelector(".note").textContent = data.note;
    this.root.setAttribute("aria-label", `${data.title}: ${data.summary}`);
    this.root.querySelector(".empty").hidden = data.traces.length > 0;
    this.draw();
  }

  async draw() {
    if (!window.Plotly || !this.data) return;
    const first = !this.plot.data;
    this.reset.hidden = !this.zoom;
    await window.Plotly.react(this.plot, this.data.traces, this.layout(), CONFIG);
    if (!first) return;
    this.plot.on("plotly_doubleclick", () => this.release());
    this.plot.on("plotly_click", (event) => this.data.picks && this.pick(event.points[0].x));
    this.plot.on("plotly_relayout", (change) => {
      if (!Object.keys(change).some((name) => name.includes(".range"))) return;
      const { xaxis, yaxis } = this.plot.layout;
      this.zoom = { xaxis: { range: [...xaxis.range] }, yaxis: { range: [...yaxis.range] } };
      this.reset.hidden = false;
    });
  }

  // Columns and the sidebar change the width too, not only the window.
  fit() {
    if (this.plot.data && this.plot.clientWidth) window.Plotly.Plots.resize(this.plot);
  }

  release() {
    this.zoom = null;
    this.draw();
  }

  // The colours are those of the theme that is shown now.
  layout() {
    const style = getComputedStyle(this.root);
    const text = style.getPropertyValue("--st-text-color");
    const grid = style.getPropertyValue("--st-border-color");
    const axis = { color: text, gridcolor: grid, linecolor: grid };
    const { layout } = this.data;
    return {
      ...layout,
      uirevision: this.data.key, // keeps what was hidden in the legend
      font: { family: style.fontFamily, size: 11, color: text },
      hoverlabel: { bgcolor: style.getPropertyValue("--st-background-color"), bordercolor: grid, font: { color: text } },
      xaxis: { ...axis, ...layout.xaxis, ...this.zoom?.xaxis },
      yaxis: { ...axis, ...layout.yaxis, ...this.zoom?.yaxis },
    };
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".control-room-chart");
  root.chart = root.chart || new Chart(root);
  root.chart.pick = (x) => component.setTriggerValue("point", x);
  root.chart.root.classList.toggle("picks", component.data.picks);
  root.chart.receive(component.data);
}
