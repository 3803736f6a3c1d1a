// Saves what the server wrote out; a PNG is drawn here, out of an SVG, unless it is one already.

const SHARPER = 2; // pixels a unit of the drawing

async function rasterised(blob) {
  const picture = new Image();
  picture.src = URL.createObjectURL(blob);
  await picture.decode();
  const canvas = node("canvas", { width: picture.naturalWidth * SHARPER, height: picture.naturalHeight * SHARPER });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(picture.src);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

let saved = null;
onPayload(element, props, watch, async (root, payload) => {
  if (saved === payload.at) return;
  saved = payload.at;
  const blob = new Blob([bytes(payload.content)], { type: payload.kind });
  save(payload.format === "png" && payload.kind !== "image/png" ? await rasterised(blob) : blob, `${payload.name}.${payload.suffix ?? payload.format}`);
});
