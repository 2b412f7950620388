// MathML of a trace, built element by element: only the names below ever reach the page.

const MATH_TAGS = new Set(['math', 'mrow', 'mi', 'mn', 'mo', 'ms', 'mtext', 'mspace', 'mfrac', 'msqrt',
  'mroot', 'msub', 'msup', 'msubsup', 'munder', 'mover', 'munderover', 'mtable', 'mtr', 'mtd',
  'mfenced', 'mpadded', 'mphantom', 'mstyle', 'menclose']);
const MATH_ATTRIBUTES = new Set(['display', 'mathvariant', 'stretchy', 'fence', 'form', 'separator',
  'lspace', 'rspace', 'width', 'height', 'depth', 'accent', 'accentunder', 'displaystyle',
  'scriptlevel', 'columnalign', 'rowalign', 'columnspacing', 'rowspacing', 'linethickness',
  'largeop', 'movablelimits', 'symmetric', 'minsize', 'maxsize', 'notation', 'open', 'close',
  'columnspan', 'rowspan']);

const ENTITIES = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const TOKEN = /<(\/?)([A-Za-z]+)((?:\s+[\w:-]+=(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|[^<]+|</g;
const ATTRIBUTE = /([\w:-]+)=(?:"([^"]*)"|'([^']*)')/g;

function decoded(text) {
  return text.replace(/&(?:#(\d+)|#x([\da-fA-F]+)|(\w+));/g, (whole, decimal, hex, name) => {
    if (name) return ENTITIES[name] ?? whole;
    const code = decimal ? Number(decimal) : parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/**
 * A formula as elements; `link(element, node)` is told of every piece that speaks of a node, by
 * data-node="id" or href="#id".
 */
function formula(math, link) {
  const root = h('span', { class: 'formula' }), open = [root];
  for (const [token, closing, tag, attributes, empty] of ((math && math.mathml) || '').matchAll(TOKEN)) {
    if (!tag) open.at(-1).append(decoded(token));
    else if (!MATH_TAGS.has(tag)) continue;
    else if (closing) { if (open.length > 1) open.pop(); }
    else {
      const made = mathElement(tag, attributes, link);
      open.at(-1).append(made);
      if (!empty) open.push(made);
    }
  }
  if (math && !root.querySelector('math')) root.replaceChildren(math.text || math.latex || '');
  return root;
}

function mathElement(tag, attributes, link) {
  const made = document.createElementNS(MATHML, tag);
  for (const [, name, double, single] of attributes.matchAll(ATTRIBUTE)) {
    const value = decoded(double ?? single);
    if (MATH_ATTRIBUTES.has(name)) made.setAttribute(name, value);
    if (link && name === 'data-node') link(made, value);
    if (link && name === 'href' && value.startsWith('#')) link(made, value.slice(1));
  }
  return made;
}
