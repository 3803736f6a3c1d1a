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
    colour(shown) {
      const from = step(shown, overlay.low, overlay.high);
      return `rgb(${colours[from]} ${colours[from + 1]} ${colours[from + 2]})`;
    },
  };
}
