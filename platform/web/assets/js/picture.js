// Links inside a drawing. Turbo asks every link for its address as text, and a link of SVG gives an object
// instead, which stops each tap on it with an error.
Object.defineProperty(SVGAElement.prototype, "href", {
  configurable: true,
  get() {
    return this.getAttribute("href") ?? "";
  },
});
