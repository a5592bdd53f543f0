// The title and the icon of the browser's tab. Both outlive what is mounted here: a page that is drawn anew sets its own title, and what the
// run does is put before it again. The words are a person's and are only ever set as the text of the title.

const SIZE = 64;
const COLOURS = { blue: "#3b8fd4", green: "#1f9d63", orange: "#e08a00", red: "#d3382f", gray: "#8a8f98" };
const SHAPES = {
  running: (pen) => fill(pen, [[24, 18], [24, 46], [47, 32]]),
  starting: (pen) => dots(pen),
  stopping: (pen) => dots(pen),
  queued: (pen) => line(pen, [[32, 18], [32, 33], [42, 39]]),
  paused: (pen) => (pen.fillRect(22, 19, 7, 26), pen.fillRect(35, 19, 7, 26)),
  finished: (pen) => line(pen, [[19, 33], [28, 42], [45, 23]]),
  stopped: (pen) => pen.fillRect(21, 21, 22, 22),
  stalled: (pen) => (pen.fillRect(28, 15, 8, 22), pen.fillRect(28, 42, 8, 8)),
  imported: (pen) => line(pen, [[20, 31], [32, 44], [44, 31], [32, 44], [32, 17]]),
  following: (pen) => line(pen, [[20, 31], [32, 44], [44, 31], [32, 44], [32, 17]]),
};
const CROSS = (pen) => (line(pen, [[22, 22], [42, 42]]), line(pen, [[42, 22], [22, 42]]));

function fill(pen, points) {
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.fill();
}

function line(pen, points) {
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.stroke();
}

function dots(pen) {
  for (const x of [20, 32, 44]) {
    pen.beginPath();
    pen.arc(x, 32, 4.5, 0, 2 * Math.PI);
    pen.fill();
  }
}

function drawn({ look, colour, share }) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext("2d");
  const ink = COLOURS[colour] ?? COLOURS.gray;
  const ring = (from, to, style) => {
    pen.beginPath();
    pen.arc(SIZE / 2, SIZE / 2, 27, from, to);
    pen.strokeStyle = style;
    pen.stroke();
  };
  pen.lineWidth = 9;
  ring(0, 2 * Math.PI, "rgba(138, 143, 152, 0.35)");
  const start = -Math.PI / 2;
  if (share > 0) ring(start, start + 2 * Math.PI * Math.min(1, share), ink);
  pen.fillStyle = pen.strokeStyle = ink;
  pen.lineWidth = 7;
  pen.lineCap = pen.lineJoin = "round";
  (SHAPES[look] ?? CROSS)(pen);
  return canvas.toDataURL("image/png");
}

const tab = (window.controlRoomTab ??= { words: "", icon: "", page: document.title, pageIcon: "", drawnFor: "" });
const noticed = (window.controlRoomNoticed ??= new Set()); // each notice is one, however often it comes
const iconLink = () => document.querySelector("link[rel~=icon]");

// Sets only what is not so yet: the observer below hears of its own changes too.
function show() {
  const ours = tab.words && document.title.startsWith(`${tab.words} · `);
  if (!ours && document.title !== tab.shown) tab.page = document.title; // the page has set its own
  const title = tab.words ? `${tab.words} · ${tab.page}` : tab.page;
  tab.shown = title;
  if (document.title !== title) document.title = title;
  const link = iconLink();
  if (!link) return;
  if (!link.href.startsWith("data:image/png")) tab.pageIcon = link.href;
  const icon = tab.icon || tab.pageIcon;
  if (icon && link.href !== icon) link.href = icon;
}

if (!tab.observer) {
  tab.observer = new MutationObserver(show);
  tab.observer.observe(document.head, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["href"] });
}

// Every open tab hears of it; the browser shows those of one tag once.
function notify({ id, title, text }) {
  if (noticed.has(id)) return;
  noticed.add(id);
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  new Notification(title, { body: text, tag: `${title} ${text}`, icon: tab.icon });
}

export default ({ data }) => {
  const look = data.look ? `${data.look} ${data.colour} ${Math.round(data.share * 100)}` : "";
  if (look !== tab.drawnFor) tab.icon = look ? drawn(data) : "";
  tab.drawnFor = look;
  tab.words = data.words;
  show();
  data.notices.forEach(notify);
};
