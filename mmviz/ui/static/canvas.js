// The matrix on its canvas: cells, thumbnails across, texts down, marks.

const LABEL = 12, NUMBERED = 34, MARKED = 7;

// Sizes of everything, so that pointing and drawing agree.
function layout([n, m], width, height, large) {
  const cellHeight = large ? 30 : Math.min(40, Math.max(2, height / n));
  const labels = cellHeight >= LABEL ? Math.min(260, width * 0.34) : 0;
  const cellWidth = large ? 46 : Math.min(72, (width - labels) / m);
  const band = Math.min(56, Math.max(6, cellWidth));
  return { n, m, cellWidth, cellHeight, left: labels, top: band, width: labels + cellWidth * m, height: band + cellHeight * n };
}

function drawCells(canvas, at, { values, low, high, colours, rows, columns, matched, marks, tops, thumbs, texts, ink }) {
  const sharp = Math.max(1, window.devicePixelRatio || 1);
  canvas.width = Math.round(at.width * sharp);
  canvas.height = Math.round(at.height * sharp);
  canvas.style.width = `${at.width}px`;
  canvas.style.height = `${at.height}px`;
  const pen = canvas.getContext("2d");
  pen.scale(sharp, sharp);
  paintCells(pen, at, values, low, high, colours, rows, columns);
  paintThumbs(pen, at, columns, thumbs);
  paintTexts(pen, at, rows, texts, ink);
  if (at.cellWidth >= NUMBERED && at.cellHeight >= 16) paintNumbers(pen, at, { values, low, high, colours }, rows, columns);
  if (marks) paintMarks(pen, at, rows, columns, tops);
  paintMatched(pen, at, rows, columns, matched);
}

function paintCells(pen, at, values, low, high, colours, rows, columns) {
  const small = new OffscreenCanvas(at.m, at.n), brush = small.getContext("2d"), image = brush.createImageData(at.m, at.n);
  const pixels = new Uint32Array(image.data.buffer), palette = new Uint32Array(256);
  for (let i = 0; i < 256; i++) palette[i] = (255 << 24) | (colours[4 * i + 2] << 16) | (colours[4 * i + 1] << 8) | colours[4 * i];
  const scale = 255 / (high - low);
  for (let r = 0; r < at.n; r++) {
    const from = rows[r] * at.m;
    for (let c = 0; c < at.m; c++) pixels[r * at.m + c] = palette[Math.max(0, Math.min(255, Math.round((values[from + columns[c]] - low) * scale)))];
  }
  brush.putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, at.left, at.top, at.cellWidth * at.m, at.cellHeight * at.n);
  pen.imageSmoothingEnabled = true;
}

function paintThumbs(pen, at, columns, { image, side, across }) {
  if (!image.complete || !image.naturalWidth) return;
  const size = Math.min(at.cellWidth, at.top) - (at.cellWidth > 10 ? 2 : 0);
  columns.forEach((column, c) => pen.drawImage(image, (column % across) * side, Math.floor(column / across) * side, side, side,
    at.left + (c + 0.5) * at.cellWidth - size / 2, at.top - size - 2, size, size));
}

function paintTexts(pen, at, rows, texts, ink) {
  if (!at.left) return;
  pen.font = "12px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.fillStyle = ink;
  rows.forEach((row, r) => pen.fillText(fitted(pen, texts[row], at.left - 10), 0, at.top + (r + 0.5) * at.cellHeight + 1));
}

function fitted(pen, text, room) {
  if (pen.measureText(text).width <= room) return text;
  let low = 0, high = text.length; // the longest beginning that fits
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pen.measureText(`${text.slice(0, middle)}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}

function paintNumbers(pen, at, { values, low, high, colours }, rows, columns) {
  pen.font = "11px system-ui, sans-serif";
  pen.textAlign = "center";
  rows.forEach((row, r) => columns.forEach((column, c) => {
    const value = values[row * at.m + column];
    pen.fillStyle = tint(colours, (value - low) / (high - low)).ink;
    pen.fillText(Math.abs(value) < 0.001 && value !== 0 ? "≈ 0" : number(value), at.left + (c + 0.5) * at.cellWidth, at.top + (r + 0.5) * at.cellHeight + 1);
  }));
  pen.textAlign = "start";
}

// The largest of a row has a bar at its foot, the largest of a column one at its side.
function paintMarks(pen, at, rows, columns, { ofRow, ofColumn }) {
  const thick = Math.max(1, Math.min(3, Math.min(at.cellWidth, at.cellHeight) / 5));
  const bar = (x, y, wide, high) => {
    pen.fillStyle = "#000";
    pen.fillRect(x - 0.5, y - 0.5, wide + 1, high + 1);
    pen.fillStyle = "#fff";
    pen.fillRect(x, y, wide, high);
  };
  if (Math.min(at.cellWidth, at.cellHeight) < MARKED) return;
  const place = new Map(columns.map((column, c) => [column, c])), height = new Map(rows.map((row, r) => [row, r]));
  rows.forEach((row, r) => bar(at.left + place.get(ofRow[row]) * at.cellWidth + 4, at.top + (r + 1) * at.cellHeight - thick - 2, at.cellWidth - 8, thick));
  columns.forEach((column, c) => bar(at.left + (c + 1) * at.cellWidth - thick - 2, at.top + height.get(ofColumn[column]) * at.cellHeight + 3, thick, at.cellHeight - 8));
}

function paintMatched(pen, at, rows, columns, matched) {
  const place = new Map(columns.map((column, c) => [column, c])), height = new Map(rows.map((row, r) => [row, r]));
  const thin = Math.min(at.cellWidth, at.cellHeight) < MARKED;
  for (const [colour, width] of thin ? [["#fff", 1]] : [["#000", 4], ["#fff", 2]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    for (const [row, column] of matched) pen.strokeRect(at.left + place.get(column) * at.cellWidth + (thin ? 0 : 1), at.top + height.get(row) * at.cellHeight + (thin ? 0 : 1),
      at.cellWidth - (thin ? 0 : 2), at.cellHeight - (thin ? 0 : 2));
  }
}
