// Draws a chart on a canvas. Streamlit calls the default export with new data at every refresh; the chart hangs on the canvas
// element, so nothing is mounted again: no flicker, and a zoom stays. Texts come in as data and are only ever set as text.

const FONT = "11px ";
const MARGIN = { left: 58, right: 14, top: 8, bottom: 38 };
const HOVER = "control-room-hover"; // every chart of a page that has the same x axis shows the same place

const numbers = (text) => new Float64Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);

// 9,876 and 12.3k; on an axis that goes beyond 10k, 5k too.
function short(value, thousands = 1e4) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  for (const [limit, unit] of [[1e9, "B"], [1e6, "M"], [thousands, "k"]]) {
    if (size >= limit) return String(Number((value / (unit === "k" ? 1e3 : limit)).toPrecision(4))) + unit;
  }
  return size >= 1e-4 ? Number(value.toPrecision(4)).toLocaleString("en", { maximumFractionDigits: 8 }) : value.toExponential(1);
}

function roundStep(span, wanted) {
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
}

function ticks(low, high, wanted) {
  const step = roundStep(high - low, wanted);
  const found = [];
  for (let index = Math.ceil(low / step); index * step <= high + step * 1e-9; index++) found.push(index * step);
  return found;
}

function logTicks(low, high) {
  const factors = high - low > 3 ? [1] : [1, 2, 5];
  const found = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power++) {
    for (const factor of factors) {
      const place = power + Math.log10(factor);
      if (place >= low && place <= high) found.push(factor * 10 ** power);
    }
  }
  return found;
}

function swatch(trace) {
  const pattern = trace.dash.length ? `stroke-dasharray="${trace.dash.map(Number).join(" ")}"` : "";
  const holder = document.createElement("template");
  holder.innerHTML = `<svg width="22" height="8"><line x1="0" y1="4" x2="22" y2="4" stroke-width="2.5" ${pattern}/></svg>`;
  holder.content.querySelector("line").setAttribute("stroke", trace.colour);
  return holder.content.firstChild;
}

class Chart {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.tip = root.querySelector(".tip");
    this.reset = root.querySelector(".reset");
    this.zoom = null; // [from, to] on the x axis
    this.hover = null; // a place on the x axis
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.canvas.addEventListener("pointermove", (event) => this.moved(event));
    this.canvas.addEventListener("pointerdown", (event) => this.pressed(event));
    this.canvas.addEventListener("pointerup", (event) => this.released(event));
    this.canvas.addEventListener("pointerleave", () => this.say(null));
    this.canvas.addEventListener("dblclick", () => this.setZoom(null));
    this.reset.addEventListener("click", () => this.setZoom(null));
    document.addEventListener(HOVER, (event) => this.heard(event.detail));
  }

  receive(data) {
    if (this.data && this.data.key !== data.key) this.setZoom(null);
    this.data = data;
    this.traces = data.traces.map((trace) => ({ ...trace, x: numbers(trace.x), y: numbers(trace.y), high: trace.high ? numbers(trace.high) : null }));
    this.root.style.height = `${data.height}px`;
    this.root.querySelector(".title").textContent = data.title;
    this.root.querySelector(".note").textContent = data.note;
    const last = this.traces.filter((trace) => trace.kind === "line" && trace.y.length).map((trace) => `${trace.name} ${short(trace.y.at(-1))}`);
    this.root.setAttribute("aria-label", `${data.title}: ${last.join(", ") || "no data yet"}`);
    this.legend(data.legend);
    this.draw();
  }

  legend(wanted) {
    const legend = this.root.querySelector(".legend");
    const entries = wanted ? this.traces.filter((trace) => trace.kind === "line") : [];
    legend.replaceChildren(...entries.map((trace) => {
      const entry = document.createElement("span");
      entry.append(swatch(trace), trace.name);
      return entry;
    }));
  }

  setZoom(zoom) {
    this.zoom = zoom;
    this.reset.hidden = !zoom;
    this.draw();
  }

  // ---- scales

  measure() {
    const box = this.canvas.getBoundingClientRect();
    this.width = box.width;
    this.height = box.height;
    this.plotWidth = Math.max(10, this.width - MARGIN.left - MARGIN.right);
    this.plotHeight = Math.max(10, this.height - MARGIN.top - MARGIN.bottom);
    let farthest = this.data.x_end;
    for (const trace of this.traces) if (trace.x.length) farthest = Math.max(farthest, trace.x.at(-1));
    [this.left, this.right] = this.zoom || [0, farthest || 1];
    let low = Infinity, high = -Infinity;
    const see = (value) => {
      if (this.data.log_y && value <= 0) return;
      low = Math.min(low, value);
      high = Math.max(high, value);
    };
    for (const trace of this.traces) {
      for (let index = 0; index < trace.x.length; index++) {
        if (trace.x[index] < this.left || trace.x[index] > this.right) continue;
        see(trace.y[index]);
        if (trace.high) see(trace.high[index]);
      }
    }
    this.setRange(low, high);
  }

  setRange(low, high) {
    this.empty = low > high;
    if (this.empty) [low, high] = this.data.log_y ? [1, 10] : [0, 1];
    if (this.data.log_y) {
      [this.bottom, this.top] = [Math.log10(low), Math.log10(high)];
    } else {
      [this.bottom, this.top] = [this.data.zero_y ? Math.min(0, low) : low, high];
    }
    const room = (this.top - this.bottom) * 0.06 || Math.abs(this.top) * 0.1 || 0.5;
    this.top += room;
    if (!(this.data.zero_y && this.bottom === 0 && !this.data.log_y)) this.bottom -= room;
  }

  x(value) {
    return MARGIN.left + ((value - this.left) / (this.right - this.left)) * this.plotWidth;
  }

  y(value) {
    const place = this.data.log_y ? Math.log10(value) : value;
    return MARGIN.top + this.plotHeight - ((place - this.bottom) / (this.top - this.bottom)) * this.plotHeight;
  }

  // ---- drawing

  draw() {
    if (!this.data || !this.canvas.isConnected) return;
    this.measure();
    if (this.width < 20 || this.height < 20) return;
    const ratio = window.devicePixelRatio || 1;
    const [wide, tall] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (this.canvas.width !== wide || this.canvas.height !== tall) [this.canvas.width, this.canvas.height] = [wide, tall];
    const pen = this.canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    const style = getComputedStyle(this.root);
    pen.font = FONT + style.fontFamily;
    pen.fillStyle = pen.strokeStyle = style.color;
    this.axes(pen);
    pen.save();
    pen.beginPath();
    pen.rect(MARGIN.left, 0, this.plotWidth + (this.zoom ? 0 : MARGIN.right), MARGIN.top + this.plotHeight + 1);
    pen.clip();
    for (const trace of this.traces) this[trace.kind](pen, trace);
    this.selection(pen, style.color);
    pen.restore();
    this.crosshair(pen, style.color);
  }

  axes(pen) {
    const thousands = (top) => (top >= 1e4 ? 1e3 : 1e4);
    const label = (text, x, y, align) => {
      pen.textAlign = align;
      pen.fillText(text, x, y);
    };
    pen.textBaseline = "middle";
    pen.lineWidth = 1;
    const wanted = Math.max(2, this.plotHeight / 40);
    const levels = this.data.log_y ? logTicks(this.bottom, this.top) : ticks(this.bottom, this.top, wanted);
    for (const value of levels) {
      const y = Math.round(this.y(value)) + 0.5;
      pen.globalAlpha = 0.12;
      pen.beginPath();
      pen.moveTo(MARGIN.left, y);
      pen.lineTo(MARGIN.left + this.plotWidth, y);
      pen.stroke();
      pen.globalAlpha = 0.65;
      if (!this.empty) label(short(value, thousands(levels.at(-1))), MARGIN.left - 7, y, "right");
    }
    const bottom = MARGIN.top + this.plotHeight;
    const places = this.empty ? [] : ticks(this.left, this.right, Math.max(2, this.plotWidth / 90));
    for (const value of places) label(short(value, thousands(places.at(-1))), this.x(value), bottom + 12, "center");
    label(this.data.x_title, MARGIN.left + this.plotWidth / 2, bottom + 29, "center");
    pen.save();
    pen.translate(10, MARGIN.top + this.plotHeight / 2);
    pen.rotate(-Math.PI / 2);
    label(this.data.y_title, 0, 0, "center");
    pen.restore();
    if (this.empty) label("no data yet", MARGIN.left + this.plotWidth / 2, MARGIN.top + this.plotHeight / 2, "center");
    pen.globalAlpha = 1;
  }

  path(pen, xs, ys, backwards = false) {
    for (let count = 0; count < xs.length; count++) {
      const index = backwards ? xs.length - 1 - count : count;
      if (this.data.log_y && ys[index] <= 0) continue;
      pen.lineTo(this.x(xs[index]), this.y(ys[index]));
    }
  }

  line(pen, trace) {
    pen.strokeStyle = pen.fillStyle = trace.colour;
    pen.lineWidth = 2;
    pen.lineJoin = "round";
    pen.setLineDash(trace.dash);
    pen.beginPath();
    this.path(pen, trace.x, trace.y);
    pen.stroke();
    pen.setLineDash([]);
    if (trace.dots || trace.x.length === 1) this.dots(pen, trace, 3);
  }

  points(pen, trace) {
    pen.fillStyle = trace.colour;
    pen.globalAlpha = 0.32;
    this.dots(pen, trace, 1.8);
    pen.globalAlpha = 1;
  }

  dots(pen, trace, radius) {
    pen.beginPath();
    for (let index = 0; index < trace.x.length; index++) {
      if (this.data.log_y && trace.y[index] <= 0) continue;
      const [x, y] = [this.x(trace.x[index]), this.y(trace.y[index])];
      pen.moveTo(x + radius, y);
      pen.arc(x, y, radius, 0, 2 * Math.PI);
    }
    pen.fill();
  }

  band(pen, trace) {
    pen.fillStyle = trace.colour;
    pen.globalAlpha = 0.2;
    pen.beginPath();
    this.path(pen, trace.x, trace.y);
    this.path(pen, trace.x, trace.high, true);
    pen.fill();
    pen.globalAlpha = 1;
  }

  star(pen, trace) {
    const [x, y] = [this.x(trace.x[0]), this.y(trace.y[0])];
    pen.fillStyle = trace.colour;
    pen.beginPath();
    for (let corner = 0; corner < 10; corner++) {
      const [turn, radius] = [(corner * Math.PI) / 5, corner % 2 ? 3.4 : 8];
      pen.lineTo(x + Math.sin(turn) * radius, y - Math.cos(turn) * radius);
    }
    pen.fill();
  }

  selection(pen, colour) {
    if (!this.drag || this.drag.to === null) return;
    pen.globalAlpha = 0.12;
    pen.fillStyle = colour;
    const [from, to] = [this.x(this.drag.from), this.x(this.drag.to)];
    pen.fillRect(Math.min(from, to), MARGIN.top, Math.abs(to - from), this.plotHeight);
    pen.globalAlpha = 1;
  }

  // ---- pointer

  place(event) {
    const inside = event.clientX - this.canvas.getBoundingClientRect().left - MARGIN.left;
    return this.left + (Math.min(Math.max(inside, 0), this.plotWidth) / this.plotWidth) * (this.right - this.left);
  }

  moved(event) {
    if (this.drag) this.drag.to = this.place(event);
    this.say(this.place(event));
  }

  pressed(event) {
    this.drag = { from: this.place(event), to: null };
    this.canvas.setPointerCapture(event.pointerId);
  }

  released(event) {
    const { from, to } = this.drag || { from: 0, to: null };
    this.drag = null;
    const pulled = to === null ? 0 : Math.abs(this.x(to) - this.x(from));
    if (pulled > 6) this.setZoom([Math.min(from, to), Math.max(from, to)]);
    else this.draw();
    this.canvas.releasePointerCapture(event.pointerId);
  }

  say(place) {
    document.dispatchEvent(new CustomEvent(HOVER, { detail: { place, axis: this.data.x_title, from: this } }));
  }

  heard({ place, axis, from }) {
    if (!this.data || axis !== this.data.x_title) return;
    this.hover = place;
    this.pointed = from === this;
    this.draw();
  }

  nearest(trace, place) {
    let [low, high] = [0, trace.x.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (trace.x[middle] < place) low = middle;
      else high = middle;
    }
    return place - trace.x[low] < trace.x[high] - place ? low : high;
  }

  crosshair(pen, colour) {
    const shown = this.hover !== null && this.hover >= this.left && this.hover <= this.right;
    const lines = shown ? this.traces.filter((trace) => trace.kind === "line" && trace.x.length) : [];
    this.tip.hidden = !lines.length || !this.pointed;
    if (!lines.length) return;
    const x = Math.round(this.x(this.hover)) + 0.5;
    pen.globalAlpha = 0.4;
    pen.strokeStyle = colour;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(x, MARGIN.top);
    pen.lineTo(x, MARGIN.top + this.plotHeight);
    pen.stroke();
    pen.globalAlpha = 1;
    for (const trace of lines) {
      const index = this.nearest(trace, this.hover);
      pen.fillStyle = trace.colour;
      this.dots(pen, { x: [trace.x[index]], y: [trace.y[index]] }, 4);
    }
    if (this.pointed) this.tell(lines, x);
  }

  tell(lines, x) {
    const nearby = lines.map((trace) => [trace, this.nearest(trace, this.hover)]);
    const heading = document.createElement("div");
    heading.textContent = `${short(nearby[0][0].x[nearby[0][1]])} ${this.data.x_title}`;
    const entries = nearby.map(([trace, index]) => {
      const entry = document.createElement("div");
      const inner = document.createElement("span");
      inner.append(swatch(trace), `${short(trace.y[index])}  ${trace.name}${this.intervalAt(trace, index)}`);
      entry.append(inner);
      return entry;
    });
    this.tip.replaceChildren(heading, ...entries);
    const right = x > this.width / 2;
    this.tip.style.left = right ? "auto" : `${x + 12}px`;
    this.tip.style.right = right ? `${this.width - x + 12}px` : "auto";
  }

  intervalAt(trace, index) {
    const band = this.traces.find((other) => other.kind === "band" && other.of === trace.name);
    const at = band ? band.x.indexOf(trace.x[index]) : -1;
    return at >= 0 ? `  (95 %: ${short(band.y[at])} to ${short(band.high[at])})` : "";
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".chart");
  const canvas = root.querySelector("canvas");
  canvas.chart = canvas.chart || new Chart(root);
  canvas.chart.receive(component.data);
}
