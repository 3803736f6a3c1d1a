// In which order texts and pictures stand: places in the matrix as it was given.

function ordered(sort, logits, [n, m], row, column) {
  const rows = Array.from({ length: n }, (_, r) => r), columns = Array.from({ length: m }, (_, c) => c);
  if (sort === "text") columns.sort((a, b) => logits[row * m + b] - logits[row * m + a]);
  if (sort === "picture") rows.sort((a, b) => logits[b * m + column] - logits[a * m + column]);
  return sort === "strongest" ? strongestFirst(logits, n, m) : { rows, columns };
}

// The strongest cell first, then the strongest of the rows and columns left, so that good pairs come to lie on the diagonal.
function strongestFirst(logits, n, m) {
  const rows = new Set(), columns = new Set();
  for (const cell of Uint32Array.from(logits, (_, i) => i).sort((a, b) => logits[b] - logits[a])) {
    const r = Math.floor(cell / m), c = cell % m;
    if (rows.has(r) || columns.has(c)) continue;
    rows.add(r);
    columns.add(c);
    if (rows.size === n || columns.size === m) break;
  }
  for (let r = 0; r < n; r++) rows.add(r);
  for (let c = 0; c < m; c++) columns.add(c);
  return { rows: [...rows], columns: [...columns] };
}

function maxima(values, [n, m]) {
  const ofRow = new Int32Array(n), ofColumn = new Int32Array(m); // where the largest stands; the first of equal ones
  for (let r = 0; r < n; r++) for (let c = 0; c < m; c++) {
    if (values[r * m + c] > values[r * m + ofRow[r]]) ofRow[r] = c;
    if (values[r * m + c] > values[ofColumn[c] * m + c]) ofColumn[c] = r;
  }
  return { ofRow, ofColumn };
}
