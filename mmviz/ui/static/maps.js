// The maps of all units, as the payload has them: levels between the ends of the common scale.

function readMaps(overlay) {
  const raw = bytes(overlay.maps);
  const levels = new Uint16Array(raw.buffer, 0, raw.length >> 1);
  const colours = bytes(overlay.colours); // 256 x red, green, blue, alpha
  const count = overlay.grid[0] * overlay.grid[1];
  const value = (unit, patch) => overlay.low + (levels[unit * count + patch] / 65535) * (overlay.high - overlay.low);
  const tops = overlay.units.map((_, unit) => {
    let top = 0;
    for (let k = 0; k < count; k++) top = Math.max(top, Math.abs(value(unit, k)));
    return top || overlay.high;
  });
  const ends = (unit, own) => (own ? [overlay.signed ? -tops[unit] : 0, tops[unit]] : [overlay.low, overlay.high]);
  const step = (shown, low, high) => Math.round(255 * Math.min(1, Math.max(0, (shown - low) / (high - low)))) * 4;
  return {
    count, value, ends, colours,
    paint(unit, pixels, own) {
      const [low, high] = ends(unit, own);
      for (let k = 0; k < count; k++) {
        const from = step(value(unit, k), low, high);
        for (let c = 0; c < 4; c++) pixels[4 * k + c] = colours[from + c];
      }
    },
    rgba(unit, k, own) {
      const from = step(value(unit, k), ...ends(unit, own));
      return [colours[from], colours[from + 1], colours[from + 2], colours[from + 3]];
    },
    colour(shown) {
      const from = step(shown, overlay.low, overlay.high);
      return `rgb(${colours[from]} ${colours[from + 1]} ${colours[from + 2]})`;
    },
  };
}

const REGIONS_WIDE = 720; // pixels of the longer side of a canvas of regions

// A canvas of one pixel a patch that the browser enlarges; of regions one the size of the picture, on which each has its box.
function mapCanvas({ grid: [rows, columns], frame, regions, size: [width, height] }) {
  const scale = REGIONS_WIDE / Math.max(width, height);
  const [wide, high] = regions ? [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))] : [columns, rows];
  return node("canvas", { class: regions ? "mm-map mm-regions" : "mm-map", width: wide, height: high, style: at(frame), "aria-hidden": "true" });
}

function paintMap(canvas, { grid: [rows, columns], regions }, maps, unit, own) {
  const pen = canvas.getContext("2d");
  if (!regions) {
    const image = new ImageData(columns, rows);
    maps.paint(unit, image.data, own);
    pen.putImageData(image, 0, 0);
    return;
  }
  pen.clearRect(0, 0, canvas.width, canvas.height);
  const order = regions.boxes.map((_, k) => k).sort((a, b) => Math.abs(maps.value(unit, a)) - Math.abs(maps.value(unit, b)));
  for (const k of order) { // the strongest last, so that nothing weaker lies over it
    const [x0, y0, x1, y1] = regions.boxes[k], [red, green, blue, alpha] = maps.rgba(unit, k, own);
    const box = [x0 * canvas.width, y0 * canvas.height, Math.max(2, (x1 - x0) * canvas.width), Math.max(2, (y1 - y0) * canvas.height)];
    pen.clearRect(...box);
    pen.fillStyle = `rgb(${red} ${green} ${blue} / ${alpha / 255})`;
    pen.fillRect(...box);
    pen.strokeStyle = `rgb(${red} ${green} ${blue} / ${Math.min(1, alpha / 255 + 0.25)})`;
    pen.strokeRect(box[0] + 0.5, box[1] + 0.5, box[2] - 1, box[3] - 1);
  }
}

// The patch at a place of the picture, or the smallest region over it; null where there is none.
function placeAt({ grid: [rows, columns], frame: [x0, y0, x1, y1], regions }, across, down) {
  if (regions) {
    const area = (k) => (regions.boxes[k][2] - regions.boxes[k][0]) * (regions.boxes[k][3] - regions.boxes[k][1]);
    const over = regions.boxes.flatMap(([a, b, c, d], k) => (a <= across && across < c && b <= down && down < d ? [k] : []));
    return over.length ? over.reduce((best, k) => (area(k) < area(best) ? k : best)) : null;
  }
  const x = (across - x0) / (x1 - x0), y = (down - y0) / (y1 - y0);
  return x < 0 || y < 0 || x >= 1 || y >= 1 ? null : Math.floor(y * rows) * columns + Math.floor(x * columns);
}

function placeBox({ grid: [rows, columns], frame: [x0, y0, x1, y1], regions }, k) {
  if (regions) return regions.boxes[k];
  const w = (x1 - x0) / columns, h = (y1 - y0) / rows, r = Math.floor(k / columns), c = k % columns;
  return [x0 + c * w, y0 + r * h, x0 + (c + 1) * w, y0 + (r + 1) * h];
}

function placeName({ grid: [, columns], regions }, words, k) {
  if (regions) return fill(words[`region_${regions.kind}`], { n: k + 1, name: regions.names[k] });
  return fill(words.patch, { r: Math.floor(k / columns) + 1, c: (k % columns) + 1 });
}

// From one place to the next by arrow keys: over the grid, or through the list of regions.
function placeBeside({ grid: [rows, columns], regions }, k, down, right) {
  if (regions) return Math.min(regions.boxes.length - 1, Math.max(0, k + down + right));
  const r = Math.floor(k / columns) + down, c = (k % columns) + right;
  return Math.min(rows - 1, Math.max(0, r)) * columns + Math.min(columns - 1, Math.max(0, c));
}

function at([x0, y0, x1, y1]) {
  return `left:${100 * x0}%;top:${100 * y0}%;width:${100 * (x1 - x0)}%;height:${100 * (y1 - y0)}%`;
}

// What of the picture the model never sees.
function hatched({ seen: [x0, y0, x1, y1] }, words) {
  const parts = [[0, 0, 1, y0], [0, y1, 1, 1], [0, y0, x0, y1], [x1, y0, 1, y1]];
  const there = parts.filter(([a, b, c, d]) => c - a > 0.0005 && d - b > 0.0005);
  return there.map((box) => node("div", { class: "mm-hatched", style: at(box), title: words.cropped }));
}
