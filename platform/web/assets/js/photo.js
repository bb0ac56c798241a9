// Pictures over 2 MB are made smaller on the phone, so that they get out on a weak signal. Fails silently: the server takes originals too.
const LARGE = 2 * 1024 * 1024, LONGEST = 2048, QUALITY = 0.82, PREVIEW = 240;

document.addEventListener("change", async (event) => {
  const input = event.target;
  if (!input.matches("input[data-photo]")) return;
  const buttons = input.form.querySelectorAll("button:not([type=button])");
  buttons.forEach((button) => (button.disabled = true));
  try {
    const files = await Promise.all([...input.files].map(shrink));
    const transfer = new DataTransfer();
    files.forEach((file) => transfer.items.add(file));
    input.files = transfer.files;
    await preview(input, files);
  } catch { /* an old browser or an odd picture: it goes as it is */ } finally {
    buttons.forEach((button) => (button.disabled = false));
  }
});

async function shrink(file) {
  if (file.size <= LARGE) return file;
  const canvas = await draw(file, LONGEST);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (!blob || blob.size >= file.size) return file;
  return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
}

async function draw(file, longest) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas;
}

async function preview(input, files) {
  const list = input.form.querySelector("[data-photo-preview]");
  if (!list) return;
  const pictures = await Promise.all(files.map((file) => draw(file, PREVIEW)));
  list.replaceChildren(...pictures.map((canvas, index) => {
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", files[index].name);
    const item = document.createElement("li");
    item.append(canvas);
    return item;
  }));
}
