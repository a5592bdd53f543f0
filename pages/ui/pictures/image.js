// Shows a JPEG image, what is seen in it and when it was taken; the pixels of a small one stay sharp.

const SMALL = 320; // pixels
const WIDEST = 600; // pixels
const HIGHEST = 480;
const SEEN = { picture: "", observation: "observation · " };

class View {
  constructor() {
    this.root = document.createElement("figure");
    this.root.className = "image";
    this.picture = document.createElement("img");
    this.picture.decoding = "sync"; // the one before stays until this one can be seen
    this.picture.addEventListener("load", () => (this.picture.style.imageRendering = this.picture.naturalWidth < SMALL ? "pixelated" : ""));
    this.words = document.createElement("figcaption");
    this.root.replaceChildren(this.picture, this.words);
  }

  // From now on it is as large as these pixels allow; its caption comes below.
  fit(width, height) {
    this.room = [width, height];
    if (this.sides) this.size(this.sides);
  }

  // Its room is there before it is.
  size({ width, height }) {
    this.picture.style.aspectRatio = `${width} / ${height}`;
    const [widest, highest] = this.room ?? [WIDEST, HIGHEST];
    this.sides = { width, height };
    this.root.style.width = `${Math.min(widest, Math.round((highest * width) / height))}px`;
  }

  draw(frame, data, name) {
    this.frame = frame;
    this.picture.style.visibility = frame ? "" : "hidden"; // its room stays
    if (frame) {
      this.picture.src = `data:image/jpeg;base64,${frame.jpeg}`;
      if (data.width) this.size(data);
      this.picture.alt = `${name || "The watched episode"} (${frame.shown}) at step ${frame.step}`;
    }
    const said = frame ? `${SEEN[frame.shown]}${frame.words || `step ${frame.step.toLocaleString("en-US")}`}` : "no picture yet";
    this.words.textContent = said;
  }
}
