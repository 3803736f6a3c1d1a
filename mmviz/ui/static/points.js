// Points of a plane: drawn by WebGL, or on a flat canvas where there is none or the browser would compute it without a graphics card, which
// takes eight times as long; found again under the pointer and inside a drawn line.

const VERTEX = `attribute vec2 place; attribute vec4 tint; uniform vec2 scale, shift; uniform float size; varying vec4 shade;
void main() { gl_Position = vec4(place * scale + shift, 0.0, 1.0); gl_PointSize = size; shade = vec4(tint.rgb * tint.a, tint.a); }`;
const SQUARE = `precision mediump float; varying vec4 shade; void main() { gl_FragColor = shade; }`;
const ROUND = `precision mediump float; varying vec4 shade; void main() { if (length(gl_PointCoord - 0.5) > 0.5) discard; gl_FragColor = shade; }`;
const STEPS = 65535, CORNERS = 3; // a square of up to so many pixels has all its pixels' middles within the circle

// A painter has load(places), tint(tints, lit) and draw(view, size, most); a view says where the plane lies on the canvas. Of all points
// `most` are drawn: what is lit, over the rest and first of all, and of the rest the same ones at random each time.
function painter(canvas) {
  const { flat } = canvas.dataset, options = { antialias: false, depth: false, stencil: false, premultipliedAlpha: true };
  const gl = flat === "true" || (flat !== "false" && isComputed()) ? null : canvas.getContext("webgl", options);
  return gl ? byWebGl(gl, canvas) : byCanvas(canvas);
}

// Whether this browser computes WebGL on the processor; asked once, of a canvas of its own.
function isComputed() {
  if (isComputed.found === undefined) {
    const gl = document.createElement("canvas").getContext("webgl"), told = gl?.getExtension("WEBGL_debug_renderer_info");
    isComputed.found = !gl || /swiftshader|llvmpipe|softpipe|software|basic render/i.test(gl.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
    gl?.getExtension("WEBGL_lose_context")?.loseContext();
  }
  return isComputed.found;
}

// The numbers from 0 to count - 1, shuffled, the same at every call (Fisher and Yates' way, by a linear congruence).
function shuffled(count) {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  for (let i = count - 1, seed = 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((seed / 4294967296) * (i + 1)), kept = order[i];
    [order[i], order[other]] = [order[other], kept];
  }
  return order;
}

// An order in which those of `lit` come last, so that they lie over the others and are among whatever part is drawn.
function litLast(order, lit) {
  if (!lit || !lit.length) return order;
  const mark = new Uint8Array(order.length), found = new Uint32Array(order.length);
  for (const i of lit) mark[i] = 1;
  let at = 0;
  for (const wanted of [0, 1]) for (const i of order) if (mark[i] === wanted) found[at++] = i;
  return found;
}

function byWebGl(gl, canvas) {
  const programs = [SQUARE, ROUND].map((fragment) => compiled(gl, fragment)), [places, tints] = [gl.createBuffer(), gl.createBuffer()];
  let xy = new Uint16Array(), base = new Uint32Array(), order = null;
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  const fill = (buffer, values, at, width, kind) => {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, width, kind, true, 0, 0);
  };
  return {
    flat: false,
    load(values) {
      [xy, base, order] = [values, shuffled(values.length / 2), null];
    },
    tint(values, lit) {
      const before = order;
      order = litLast(base, lit);
      if (order !== before) fill(places, new Uint16Array(gathered(new Uint32Array(xy.slice().buffer), order).buffer), PLACE, 2, gl.UNSIGNED_SHORT);
      fill(tints, new Uint8Array(gathered(new Uint32Array(values.slice().buffer), order).buffer), TINT, 4, gl.UNSIGNED_BYTE);
    },
    draw(view, dot, most) {
      const { width, height } = canvas, size = (dot * width) / view.width, { program, scale, shift, wide } = programs[size > CORNERS ? 1 : 0];
      const count = order ? Math.min(order.length, most) : 0;
      gl.useProgram(program);
      gl.viewport(0, 0, width, height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform2f(scale, (2 * view.side) / view.width, (2 * view.side) / view.height);
      gl.uniform2f(shift, (2 * view.left) / view.width - 1, 1 - (2 * (view.top + view.side)) / view.height);
      gl.uniform1f(wide, size);
      gl.drawArrays(gl.POINTS, order ? order.length - count : 0, count);
      return count;
    },
  };
}

const PLACE = 0, TINT = 1; // of the attributes, in every program

function compiled(gl, fragment) {
  const program = gl.createProgram(), at = (name) => gl.getUniformLocation(program, name);
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.bindAttribLocation(program, PLACE, "place");
  gl.bindAttribLocation(program, TINT, "tint");
  gl.linkProgram(program);
  return { program, scale: at("scale"), shift: at("shift"), wide: at("size") };
}

function gathered(values, order) {
  const found = new Uint32Array(order.length);
  for (let i = 0; i < order.length; i++) found[i] = values[order[i]];
  return found;
}

// How far a disc of so many pixels stands in from either side of its square, row by row.
function insetsOf(wide) {
  return Array.from({ length: wide }, (_, v) => {
    const away = (v + 0.5) / wide - 0.5;
    for (let u = 0; u < wide / 2; u++) if (Math.hypot(away, (u + 0.5) / wide - 0.5) <= 0.5) return u;
    return 0;
  });
}

// One colour laid over another, both with their opacity in the highest byte; as WebGL blends them.
function over(top, below) {
  const a = top >>> 24, rest = ((below >>> 24) * (255 - a)) / 255, alpha = a + rest;
  const mixed = (at) => Math.round((((top >>> at) & 255) * a + ((below >>> at) & 255) * rest) / alpha);
  return ((Math.round(alpha) << 24) | (mixed(16) << 16) | (mixed(8) << 8) | mixed(0)) >>> 0;
}

function byCanvas(canvas) {
  const pen = canvas.getContext("2d");
  let xy = new Uint16Array(), base = new Uint32Array(), order = base, colours = base, image = null;
  return {
    flat: true,
    load(values) {
      [xy, base] = [values, shuffled(values.length / 2)];
    },
    tint(values, lit) {
      [order, colours] = [litLast(base, lit), new Uint32Array(values.slice().buffer)];
    },
    draw(view, dot, most) {
      const { width, height } = canvas, sharp = width / view.width, count = Math.min(order.length, most);
      if (image?.width !== width || image.height !== height) image = pen.createImageData(width, height);
      const pixels = new Uint32Array(image.data.buffer), wide = Math.max(1, Math.round(dot * sharp)), half = wide >> 1, unit = (view.side * sharp) / STEPS;
      const left = view.left * sharp + 0.5 - half, foot = (view.top + view.side) * sharp + 0.5 - half, right = width - wide, low = height - wide;
      const insets = insetsOf(wide);
      pixels.fill(0);
      for (let n = order.length - count; n < order.length; n++) {
        const i = order[n], x = Math.floor(left + xy[2 * i] * unit), y = Math.floor(foot - xy[2 * i + 1] * unit);
        if (x < 0 || y < 0 || x > right || y > low) continue;
        const colour = colours[i];
        for (let v = 0, at = y * width + x; v < wide; v++, at += width) {
          for (let u = at + insets[v], end = at + wide - insets[v]; u < end; u++) pixels[u] = pixels[u] ? over(colour, pixels[u]) : colour;
        }
      }
      pen.putImageData(image, 0, 0);
      return count;
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
