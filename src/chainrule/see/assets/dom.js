// Making elements. Text of the program only ever becomes text nodes and attribute values.

const SVG = 'http://www.w3.org/2000/svg';
const MATHML = 'http://www.w3.org/1998/Math/MathML';

function element(space, tag, attributes, children) {
  const made = space ? document.createElementNS(space, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter(child => child !== null && child !== undefined));
  return made;
}

const h = (tag, attributes, ...children) => element(null, tag, attributes, children);
const s = (tag, attributes, ...children) => element(SVG, tag, attributes, children);
const $ = id => document.getElementById(id);

function short(text, length) {
  return text.length > length ? text.slice(0, length - 1) + '…' : text;
}

/** A number as one writes it by hand: at most four digits that matter. */
function digits(number) {
  if (typeof number !== 'number' || !Number.isFinite(number)) return String(number);
  const size = Math.abs(number);
  if (size === 0 || (size < 1e5 && size >= 1e-3)) return String(+number.toPrecision(4)).replace('-', '−');
  const [mantissa, exponent] = number.toExponential(2).split('e');
  return `${+mantissa}e${+exponent}`.replace(/-/g, '−');
}

const shapeText = shape => (shape && shape.length ? shape.join('×') : 'scalar');

// The colours of heat maps: five stops of viridis (Smith and van der Walt, 2015).
const HEAT = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];

function heatColour(share) {
  const number = Number(share);
  if (share === null || !Number.isFinite(number)) return '#888';
  const place = Math.min(Math.max(number, 0), 1) * (HEAT.length - 1);
  const low = Math.min(Math.floor(place), HEAT.length - 2);
  const mixed = HEAT[low].map((c, i) => Math.round(c + (HEAT[low + 1][i] - c) * (place - low)));
  return `rgb(${mixed.join(',')})`;
}

/** The size in pixels of a heat map that fits into a square of the given side. */
function heatSize(heat, side) {
  const rows = heat.length, columns = Math.max(1, heat[0].length);
  const cell = side / Math.max(rows, columns);
  const thick = Math.max(cell, Math.min(10, side));
  return rows === 1 ? [side, thick] : columns === 1 ? [thick, side] : [cell * columns, cell * rows];
}

function heatMap(heat, x, y, side) {
  const [width, height] = heatSize(heat, side);
  const cellW = width / Math.max(1, heat[0].length), cellH = height / heat.length;
  const cells = heat.flatMap((row, i) => row.map((share, j) => s('rect', {
    x: x + j * cellW, y: y + i * cellH, width: cellW + 0.3, height: cellH + 0.3,
    fill: heatColour(share),
  })));
  return s('g', { class: 'heat', 'shape-rendering': 'crispEdges' }, cells);
}

function copyText(text, button) {
  const said = done => {
    const label = button.textContent;
    button.textContent = done ? 'copied' : 'failed';
    setTimeout(() => { button.textContent = label; }, 1200);
  };
  const byHand = () => {
    const area = h('textarea', { class: 'offscreen' });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    said(done);
  };
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(() => said(true), byHand);
  else byHand();
}
