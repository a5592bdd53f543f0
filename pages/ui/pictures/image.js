// Shows a JPEG image and when it was taken.

class View {
  constructor() {
    this.root = document.createElement("figure");
    this.root.className = "image";
    this.picture = document.createElement("img");
    this.words = document.createElement("figcaption");
    this.root.replaceChildren(this.picture, this.words);
  }

  draw(frame) {
    this.picture.hidden = !frame;
    if (frame) {
      this.picture.src = `data:image/jpeg;base64,${frame.jpeg}`;
      this.picture.alt = `The watched episode at step ${frame.step}`;
    }
    this.words.textContent = frame ? `step ${frame.step.toLocaleString("en-US")}` : "no picture yet";
  }
}
