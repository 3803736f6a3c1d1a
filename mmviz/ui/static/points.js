// Points of a plane: drawn by WebGL, or on a flat canvas where there is none; found again under the pointer and inside a drawn line.

const VERTEX = `attribute vec2 place; attribute vec4 tint; uniform vec2 scale, shift; uniform float size; varying vec4 shade;
void main() { gl_Position = vec4(place * scale + shift, 0.0, 1.0); gl_PointSize = size; shade = tint; }`;
const FRAGMENT = `precision mediump float; varying vec4 shade;
void main() { float far = length(gl_PointCoord - 0.5); if (far > 0.5) discard; gl_FragColor = vec4(shade.rgb * shade.a, shade.a); }`;
const STEPS = 65535;

// A painter has load(places, tints), tint(tints) and draw(view, size); a view says where the plane lies on the canvas.
function painter(canvas) {
  const gl = canvas.dataset.flat ? null : canvas.getContext("webgl", { antialias: false, premultipliedAlpha: true, preserveDrawingBuffer: true });
  return gl ? byWebGl(gl, canvas) : byCanvas(canvas);
}

function byWebGl(gl, canvas) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  const [places, tints] = [gl.createBuffer(), gl.createBuffer()], at = (name) => gl.getUniformLocation(program, name);
  const [scale, shift, size] = [at("scale"), at("shift"), at("size")];
  let count = 0;
  const fill = (buffer, values, name, width, kind) => {
    const place = gl.getAttribLocation(program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, width, kind, true, 0, 0);
  };
  return {
    flat: false,
    load(xy) {
      count = xy.length / 2;
      fill(places, xy, "place", 2, gl.UNSIGNED_SHORT);
    },
    tint: (values) => fill(tints, values, "tint", 4, gl.UNSIGNED_BYTE),
    draw(view, dot) {
      const { width, height } = canvas, sharp = width / view.width;
      gl.viewport(0, 0, width, height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform2f(scale, (2 * view.side) / view.width, (2 * view.side) / view.height);
      gl.uniform2f(shift, (2 * view.left) / view.width - 1, 1 - (2 * (view.top + view.side)) / view.height);
      gl.uniform1f(size, dot * sharp);
      gl.drawArrays(gl.POINTS, 0, count);
    },
  };
}

function byCanvas(canvas) {
  const pen = canvas.getContext("2d");
  let xy = new Uint16Array(), tints = new Uint8Array();
  return {
    flat: true,
    load: (values) => (xy = values),
    tint: (values) => (tints = values),
    draw(view, dot) {
      const { width, height } = canvas, sharp = width / view.width, image = pen.createImageData(width, height);
      const pixels = new Uint32Array(image.data.buffer), colours = new Uint32Array(tints.buffer, tints.byteOffset, tints.length / 4);
      const wide = Math.max(1, Math.round(dot * sharp)), half = wide >> 1, unit = (view.side * sharp) / STEPS;
      const left = view.left * sharp, foot = (view.top + view.side) * sharp;
      for (let i = 0; i < colours.length; i++) {
        if (!(colours[i] >>> 24)) continue;
        const x = Math.round(left + xy[2 * i] * unit) - half, y = Math.round(foot - xy[2 * i + 1] * unit) - half;
        if (x < 0 || y < 0 || x + wide > width || y + wide > height) continue;
        for (let v = 0; v < wide; v++) pixels.fill(colours[i], (y + v) * width + x, (y + v) * width + x + wide);
      }
      pen.putImageData(image, 0, 0);
    },
  };
}

// Cells over the plane, so that what lies under the pointer is found without asking every point.
function cellsOf(xy) {
  const count = xy.length / 2, across = Math.max(1, Math.min(256, Math.round(Math.sqrt(count / 4)))), one = (STEPS + 1) / across;
  const cell = (i) => Math.floor(xy[2 * i + 1] / one) * across + Math.floor(xy[2 * i] / one);
  const ends = new Uint32Array(across * across + 1), held = new Uint32Array(count);
  for (let i = 0; i < count; i++) ends[cell(i) + 1]++;
  for (let c = 0; c < across * across; c++) ends[c + 1] += ends[c];
  const next = ends.slice();
  for (let i = 0; i < count; i++) held[next[cell(i)]++] = i;
  // The point nearest to (x, y), all in steps, no farther than `reach`; -1 where there is none.
  return (x, y, reach) => {
    const span = (value) => [Math.max(0, Math.floor((value - reach) / one)), Math.min(across - 1, Math.floor((value + reach) / one))];
    const [left, right] = span(x), [low, high] = span(y);
    let best = -1, least = reach * reach;
    for (let r = low; r <= high; r++) {
      for (let at = ends[r * across + left]; at < ends[r * across + right + 1]; at++) {
        const i = held[at], far = (xy[2 * i] - x) ** 2 + (xy[2 * i + 1] - y) ** 2;
        if (far <= least) [best, least] = [i, far];
      }
    }
    return best;
  };
}

// Which points lie inside a line, [[x, y], ...] in steps, by how often a ray from each crosses it.
function inside(xy, line) {
  const thin = line.filter((_, i) => i % Math.max(1, Math.ceil(line.length / 80)) === 0), n = thin.length, found = [];
  const xs = thin.map(([x]) => x), ys = thin.map(([, y]) => y);
  const [low, high, left, right] = [Math.min(...ys), Math.max(...ys), Math.min(...xs), Math.max(...xs)];
  for (let i = 0; i < xy.length / 2; i++) {
    const x = xy[2 * i], y = xy[2 * i + 1];
    if (y < low || y > high || x < left || x > right) continue;
    let within = false;
    for (let a = 0, b = n - 1; a < n; b = a++) {
      if (ys[a] > y !== ys[b] > y && x < ((xs[b] - xs[a]) * (y - ys[a])) / (ys[b] - ys[a]) + xs[a]) within = !within;
    }
    if (within) found.push(i);
  }
  return Uint32Array.from(found);
}

function wordsOf(base64, kind) {
  const raw = bytes(base64);
  return new kind(raw.buffer, 0, raw.length / kind.BYTES_PER_ELEMENT);
}

function base64Of(values) {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  let text = "";
  for (let i = 0; i < raw.length; i += 32768) text += String.fromCharCode(...raw.subarray(i, i + 32768));
  return btoa(text);
}
