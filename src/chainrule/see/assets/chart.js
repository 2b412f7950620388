// The run: curves over the steps, the landscape of the loss with the path on it, the fitted line.
// Of long runs every `stride`th step is there; a place counts those.

const FRAME = { width: 380, height: 250, left: 56, right: 14, top: 14, bottom: 38 };
const COLOURS = 8;

/** About `count` round numbers that span an interval (Heckbert's nice numbers). */
function ticks(low, high, count = 5) {
  const rough = (high - low) / count || 1;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find(factor => factor * unit >= rough * 0.99);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) found.push(+(k * step).toPrecision(12));
  return found;
}

const isNumber = value => typeof value === 'number' && Number.isFinite(value);

function range(values, margin = 0.05) {
  let low = Infinity, high = -Infinity;
  for (const value of values) if (isNumber(value)) { low = Math.min(low, value); high = Math.max(high, value); }
  if (low > high) return [0, 1];
  const room = high > low ? (high - low) * margin : Math.abs(low) * 0.1 || 1;
  return [low - room, high + room];
}

/** An empty chart: axes with ticks, and the functions from data to pixels. */
function chartFrame(title, names, [x0, x1], [y0, y1], log) {
  const { width, height, left, right, top, bottom } = FRAME;
  const up = log ? value => Math.log10(value) : value => value;
  const [low, high] = [up(y0), up(y1)];
  const X = x => left + (x - x0) / (x1 - x0 || 1) * (width - left - right);
  const Y = y => height - bottom - (up(y) - low) / (high - low || 1) * (height - top - bottom);
  const plot = s('svg', { viewBox: `0 0 ${width} ${height}`, class: 'chart', role: 'img', 'aria-label': title });
  const levels = log ? ticks(low, high, 4).filter(Number.isInteger).map(k => 10 ** k) : ticks(y0, y1);
  for (const y of levels) {
    plot.append(s('line', { class: 'grid', x1: left, x2: width - right, y1: Y(y), y2: Y(y) }),
      s('text', { class: 'tick', x: left - 6, y: Y(y) + 4, 'text-anchor': 'end' }, digits(y)));
  }
  for (const x of ticks(x0, x1)) {
    plot.append(s('text', { class: 'tick', x: X(x), y: height - bottom + 16, 'text-anchor': 'middle' }, digits(x)));
  }
  plot.append(s('path', { class: 'axis', d: `M${left},${top}V${height - bottom}H${width - right}` }),
    s('text', { class: 'axis-name', x: width - right, y: height - 6, 'text-anchor': 'end' }, names[0]),
    s('text', { class: 'axis-name', x: 4, y: 10 }, names[1] || ''));
  return { plot, X, Y, inside: s('g') };
}

function linePath(points, X, Y) {
  let path = '', pen = 'M';
  for (const [x, y] of points) {
    if (!isNumber(x) || !isNumber(y)) { pen = 'M'; continue; }
    path += `${pen}${X(x).toFixed(1)},${Y(y).toFixed(1)}`;
    pen = 'L';
  }
  return path;
}

function figure(title, plot, series) {
  const named = series.filter(({ name }) => name);
  const legend = named.length > 1 || (named.length === 1 && named[0].always)
    ? h('figcaption', { class: 'legend' }, named.map(({ name, colour }) => h('span', {}, h('i', { class: `swatch c${colour}` }), name)))
    : null;
  return h('figure', {}, h('h3', {}, title), plot, legend);
}

/** Curves over the steps. */
function seriesChart(title, series, marks, stride, log) {
  const usable = y => isNumber(y) && (!log || y > 0);
  const shown = series.map((one, i) => ({ colour: i % COLOURS, ...one, points: one.values.map((y, i) => [i * stride, usable(y) ? y : null]) }));
  const longest = Math.max(1, ...series.map(({ values }) => values.length - 1)) * stride;
  const ys = shown.flatMap(({ points }) => points.map(([, y]) => y)).filter(usable);
  const vertical = log ? [Math.min(...ys) / 1.3, Math.max(...ys) * 1.3] : range(ys);
  const { plot, X, Y } = chartFrame(title, ['step'], [0, longest], ys.length ? vertical : [0.1, 1], log && ys.length > 0);
  const rule = s('line', { class: 'rule', y1: FRAME.top, y2: FRAME.height - FRAME.bottom });
  plot.append(rule);
  for (const { points, colour } of shown) {
    plot.append(s('path', { class: `line c${colour}`, d: linePath(points, X, Y) }));
    if (points.length <= 30) {
      plot.append(...points.filter(([, y]) => y !== null).map(([x, y]) => s('circle', { class: `dot c${colour}`, cx: X(x), cy: Y(y), r: 2.4 })));
    }
  }
  const dots = shown.map(({ colour }) => s('circle', { class: `dot big c${colour}`, r: 4 }));
  const reading = s('text', { class: 'reading', x: FRAME.width - FRAME.right, y: 10, 'text-anchor': 'end' });
  plot.append(...dots, reading);
  marks.push(place => {
    const x = X(place * stride);
    rule.setAttribute('x1', x);
    rule.setAttribute('x2', x);
    shown.forEach(({ points }, i) => {
      const [, y] = points[place] || [];
      dots[i].toggleAttribute('hidden', !isNumber(y));
      if (isNumber(y)) { dots[i].setAttribute('cx', x); dots[i].setAttribute('cy', Y(y)); }
    });
    const values = shown.map(({ values: all }) => all[place]);
    reading.textContent = shown.length === 1 && values[0] !== undefined && values[0] !== null ? digits(values[0]) : '';
  });
  return figure(title, plot, shown);
}

/** Where on a path of `length` points a step of a run of `steps` is: long paths are thinned. */
const onPath = (step, steps, length) => Math.min(length - 1, Math.round(step / Math.max(1, steps - 1) * (length - 1)));

function drawPath(plot, points, marks, steps) {
  const path = s('path', { class: 'descent', d: linePath(points, x => x, y => y) });
  const known = points.filter(point => point.every(isNumber));
  const dots = known.length <= 60 ? known : [];
  const here = s('circle', { class: 'here', r: 5 });
  plot.append(path, ...dots.map(([cx, cy]) => s('circle', { class: 'visited', cx, cy, r: 2 })), here);
  marks.push(step => {
    const point = points[onPath(step, steps, points.length)];
    here.toggleAttribute('hidden', !point || !point.every(isNumber));
    if (point && point.every(isNumber)) { here.setAttribute('cx', point[0]); here.setAttribute('cy', point[1]); }
  });
}

function curveChart({ name, x, loss, path }, marks, steps) {
  const title = `loss by ${name}`;
  const { plot, X, Y } = chartFrame(title, [name, 'loss'], range(x, 0), range(loss));
  plot.append(s('path', { class: 'line c0', d: linePath(x.map((value, i) => [value, loss[i]]), X, Y) }));
  drawPath(plot, path.map(([a, b]) => [X(a), Y(b)]), marks, steps);
  return figure(title, plot, []);
}

/** The pieces of the line on which a table on a grid has a level: marching squares. */
function contour(xs, ys, table, level) {
  const pieces = [];
  const cross = (a, b, from, to) => from + (level - a) / (b - a) * (to - from);
  for (let j = 0; j + 1 < ys.length; j++) {
    for (let i = 0; i + 1 < xs.length; i++) {
      const [a, b, c, d] = [table[j][i], table[j][i + 1], table[j + 1][i + 1], table[j + 1][i]];
      if (![a, b, c, d].every(isNumber)) continue;
      const points = [];
      if (a < level !== b < level) points.push([cross(a, b, xs[i], xs[i + 1]), ys[j]]);
      if (b < level !== c < level) points.push([xs[i + 1], cross(b, c, ys[j], ys[j + 1])]);
      if (d < level !== c < level) points.push([cross(d, c, xs[i], xs[i + 1]), ys[j + 1]]);
      if (a < level !== d < level) points.push([xs[i], cross(a, d, ys[j], ys[j + 1])]);
      for (let k = 0; k + 1 < points.length; k += 2) pieces.push([points[k], points[k + 1]]);
    }
  }
  return pieces;
}

function surfaceChart({ names, x, y, loss, path }, marks, steps) {
  const title = `loss by ${names.join(' and ')}`;
  const { plot, X, Y } = chartFrame(title, names, range(x, 0), range(y, 0));
  const [low, high] = range(loss.flat(), 0);
  const share = value => Math.sqrt((value - low) / (high - low || 1));
  const w = X(x[1]) - X(x[0]), t = Y(y[0]) - Y(y[1]);
  const { width, height, left, right, top, bottom } = FRAME;
  const inside = (value, a, b) => Math.min(Math.max(value, a), b);
  const cells = loss.flatMap((row, j) => row.map((value, i) => {
    const x0 = inside(X(x[i]) - w / 2, left, width - right), x1 = inside(X(x[i]) + w / 2, left, width - right);
    const y0 = inside(Y(y[j]) - t / 2, top, height - bottom), y1 = inside(Y(y[j]) + t / 2, top, height - bottom);
    return s('rect', { x: x0, y: y0, width: x1 - x0 + 0.4, height: y1 - y0 + 0.4, fill: isNumber(value) ? heatColour(1 - share(value)) : '#888' });
  }));
  plot.append(s('g', { class: 'field' }, cells));
  const levels = 12;
  for (let k = 1; k < levels; k++) {
    const level = low + (high - low) * (k / levels) ** 2;
    const d = contour(x, y, loss, level).map(([[a, b], [c, e]]) =>
      `M${X(a).toFixed(1)},${Y(b).toFixed(1)}L${X(c).toFixed(1)},${Y(e).toFixed(1)}`).join('');
    plot.append(s('path', { class: 'contour', d }, s('title', {}, `loss ${digits(level)}`)));
  }
  drawPath(plot, path.map(([a, b]) => [X(a), Y(b)]), marks, steps);
  return figure(title, plot, []);
}

function fitChart({ names, points, lines }, marks, steps, stride) {
  const all = [...points, ...lines.flatMap(line => line.points)];
  const title = 'the fit';
  const { plot, X, Y } = chartFrame(title, names || ['x', 'y'], range(all.map(([x]) => x)), range(all.map(([, y]) => y)));
  const drawn = lines.map(line => s('path', { class: 'fit', d: linePath(line.points, X, Y) }, s('title', {}, `step ${line.step}`)));
  const unique = [...new Map(points.map(point => [point.join(), point])).values()];
  plot.append(...drawn, ...unique.map(([x, y]) => s('circle', { class: 'point', cx: X(x), cy: Y(y), r: 3 })));
  showLatest(drawn, lines, marks, steps, stride);
  return figure(title, plot, []);
}

/** The regions of a classifier in the plane, step by step, with the data on them. */
function boundaryChart({ names, x, y, points, regions }, marks, steps, stride) {
  const title = 'the boundary';
  const dx = x[1] - x[0], dy = y[1] - y[0];
  const { plot, X, Y } = chartFrame(title, names,
    [x[0] - dx / 2, x[x.length - 1] + dx / 2], [y[0] - dy / 2, y[y.length - 1] + dy / 2]);
  const drawn = regions.map(({ step, rows }) => s('g', { class: 'regions' }, s('title', {}, `step ${step}`), rows.flatMap((row, j) => {
    let start = 0;
    return row.map(([kind, length]) => {
      const from = X(x[start] - dx / 2), to = X(x[start] + (length - 0.5) * dx);
      start += length;
      return s('rect', { class: `c${kind % COLOURS}`, x: from, width: to - from + 0.3, y: Y(y[j] + dy / 2), height: Y(y[j]) - Y(y[j] + dy) + 0.3 });
    });
  })));
  plot.append(...drawn, ...points.map(([a, b, kind]) => s('circle', { class: `sample c${kind % COLOURS}`, cx: X(a), cy: Y(b), r: 2.6 })));
  showLatest(drawn, regions, marks, steps, stride);
  return figure(title, plot, []);
}

/** Of pictures of some steps, mark as `now` that of the latest step so far. */
function showLatest(drawn, pictures, marks, steps, stride) {
  marks.push(step => {
    let best = 0;
    pictures.forEach((picture, i) => { if (picture.step <= step * stride) best = i; });
    if (step >= steps - 1) best = pictures.length - 1;
    drawn.forEach((each, i) => each.classList.toggle('now', i === best));
  });
}

// ---- all of them

const someNumbers = values => values && values.some(isNumber);
const named = (series, limit) => Object.entries(series || {}).filter(([, values]) => someNumbers(values)).slice(0, limit)
  .map(([name, values]) => ({ name, values }));

/** The paths of single numbers: "w", or "w[0]", "w[1]" ... */
function parameterPaths(params, limit) {
  const paths = [];
  for (const [name, values] of Object.entries(params || {})) {
    const lists = values.map(value => (value === null ? null : [value].flat(Infinity)));
    const size = Math.max(0, ...lists.map(list => (list ? list.length : 0)));
    for (let i = 0; i < size && paths.length < limit; i++) {
      if (!lists.some(list => list && isNumber(list[i]))) continue;
      paths.push({ name: size > 1 ? `${name}[${i}]` : name, values: lists.map(list => (list ? list[i] : null)) });
    }
  }
  return paths;
}

/** Whether a logarithmic axis suits: no number is negative, and they differ much. */
const spread = series => {
  const known = series.flatMap(({ values }) => values).filter(isNumber);
  const numbers = known.filter(value => value > 0);
  return known.every(value => value >= 0) && numbers.length > 1 && Math.max(...numbers) / Math.min(...numbers) > 50;
};

function showRun(run) {
  const marks = [], figures = [];
  const steps = run && run.loss ? run.loss.length : 0, stride = (run && run.stride) || 1;
  const add = (title, series, log = spread(series)) => {
    if (series.length) figures.push(seriesChart(title, series, marks, stride, log));
  };
  if (run) {
    if (someNumbers(run.loss)) add('loss', [{ name: 'loss', values: run.loss }]);
    if (run.curve) figures.push(curveChart(run.curve, marks, steps));
    if (run.surface) figures.push(surfaceChart(run.surface, marks, steps));
    if (run.fit && (run.fit.lines || []).length) figures.push(fitChart(run.fit, marks, steps, stride));
    if (run.boundary) figures.push(boundaryChart(run.boundary, marks, steps, stride));
    add('parameters', parameterPaths(run.params, COLOURS), false);
    add('gradient norms', named(run.grad_norm, COLOURS));
    add('update norms', named(run.update_norm, COLOURS));
    if (someNumbers(run.lr)) add('learning rate', [{ name: 'learning rate', values: run.lr }]);
  }
  $('to-run').hidden = $('run').hidden = !figures.length;
  if (!figures.length) return;
  const slider = h('input', { type: 'range', min: 0, max: Math.max(0, steps - 1), 'aria-label': 'step of the run' });
  const said = h('output', {});
  const show = () => {
    const place = Number(slider.value), loss = run.loss[place];
    said.textContent = `step ${place * stride}${isNumber(loss) ? `: loss ${digits(loss)}` : ''}`;
    for (const mark of marks) mark(place);
  };
  slider.value = Math.max(0, steps - 1);
  slider.addEventListener('input', show);
  $('run').querySelector('h2').append(steps > 1 ? slider : '', said);
  $('charts').replaceChildren(...figures);
  show();
}
