// Shows a JPEG image, what is seen in it and when it was taken.

const SEEN = { picture: "", observation: "observation · " };

class View {
  constructor() {
    this.root = document.createElement("figure");
    this.root.className = "image";
    this.picture = document.createElement("img");
    this.picture.decoding = "sync"; // the one before stays until this one can be seen
    this.words = document.createElement("figcaption");
    this.root.replaceChildren(this.picture, this.words);
  }

  draw(frame) {
    this.picture.hidden = !frame;
    if (frame) {
      this.picture.src = `data:image/jpeg;base64,${frame.jpeg}`;
      this.picture.alt = `The watched episode (${frame.shown}) at step ${frame.step}`;
    }
    this.words.textContent = frame ? `${SEEN[frame.shown]}step ${frame.step.toLocaleString("en-US")}` : "no picture yet";
  }
}
