// Chosen pictures: shown, taken off again one by one, and those over 2 MB made smaller on the phone, so that they get
// out on a weak signal. What cannot be made smaller goes as it is: the server takes originals too.
const LARGE = 2 * 1024 * 1024, LONGEST = 2048, QUALITY = 0.82, PREVIEW = 240;

document.addEventListener("change", async ({ target: input }) => {
  if (!input.matches("input[data-photo]")) return;
  const buttons = input.form.querySelectorAll("button:not([type=button])");
  buttons.forEach((button) => (button.disabled = true));
  try {
    choose(input, await Promise.all([...input.files].map((file) => shrink(file).catch(() => file))));
    await preview(input);
  } finally {
    buttons.forEach((button) => (button.disabled = false));
  }
});

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-photo-preview] button");
  if (!button) return;
  const input = button.closest(".field").querySelector("input[data-photo]");
  const place = [...button.closest("ul").children].indexOf(button.closest("li"));
  choose(input, [...input.files].filter((_, at) => at !== place));
  await preview(input);
  input.focus();
});

function choose(input, files) {
  const transfer = new DataTransfer();
  files.forEach((file) => transfer.items.add(file));
  input.files = transfer.files;
}

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

async function preview(input) {
  const field = input.closest(".field"), list = field.querySelector("[data-photo-preview]");
  const files = [...input.files];
  list.replaceChildren(...(await Promise.all(files.map((file) => shown(file, list.dataset)))));
  field.querySelector("[data-photo-many]").hidden = files.length <= Number(input.dataset.photo);
}

// A picture with its button; one that this browser cannot open is named, and said to be so.
async function shown(file, words) {
  const item = document.createElement("li");
  const picture = await draw(file, PREVIEW).catch(() => null);
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: words.takeOff });
  button.setAttribute("aria-label", `${words.takeOff} ${file.name}`);
  if (picture) {
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", file.name);
    item.append(picture, button);
  } else {
    const fault = Object.assign(document.createElement("p"), { className: "error", textContent: `${file.name} ${words.broken}` });
    item.append(fault, button);
  }
  return item;
}
