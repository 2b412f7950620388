// MathML of a trace, rebuilt element by element: only the names below ever reach the page.

const MATH_TAGS = new Set(['math', 'mrow', 'mi', 'mn', 'mo', 'ms', 'mtext', 'mspace', 'mfrac', 'msqrt',
  'mroot', 'msub', 'msup', 'msubsup', 'munder', 'mover', 'munderover', 'mtable', 'mtr', 'mtd',
  'mfenced', 'mpadded', 'mphantom', 'mstyle', 'menclose']);
const MATH_ATTRIBUTES = new Set(['display', 'mathvariant', 'stretchy', 'fence', 'form', 'separator',
  'lspace', 'rspace', 'width', 'height', 'depth', 'accent', 'accentunder', 'displaystyle',
  'scriptlevel', 'columnalign', 'rowalign', 'columnspacing', 'rowspacing', 'linethickness',
  'largeop', 'movablelimits', 'symmetric', 'minsize', 'maxsize', 'notation', 'open', 'close',
  'columnspan', 'rowspan']);

/** The node that a piece of a formula speaks of: "t3" a tensor, "o3" an operation, or null. */
function linkOf(source) {
  const node = source.getAttribute('data-node') || (source.getAttribute('href') || '').replace(/^#/, '');
  if (/^[to]\w+$/.test(node)) return node;
  if (source.hasAttribute('data-op')) return 'o' + source.getAttribute('data-op');
  if (source.hasAttribute('data-tensor')) return 't' + source.getAttribute('data-tensor');
  return null;
}

function rebuilt(source, link) {
  if (source.nodeType === Node.TEXT_NODE) return document.createTextNode(source.data);
  if (source.nodeType !== Node.ELEMENT_NODE) return null;
  if (!MATH_TAGS.has(source.localName)) return document.createTextNode(source.textContent);
  const made = document.createElementNS(MATHML, source.localName);
  for (const { name, value } of source.attributes) {
    if (MATH_ATTRIBUTES.has(name)) made.setAttribute(name, value);
  }
  const node = link && linkOf(source);
  if (node) link(made, node);
  made.append(...[...source.childNodes].map(child => rebuilt(child, link)).filter(Boolean));
  return made;
}

/** A formula as elements; `link(element, node)` is told of every piece that speaks of a node. */
function formula(math, link) {
  if (!math) return document.createTextNode('');
  const parsed = new DOMParser().parseFromString(math.mathml || '', 'application/xml').documentElement;
  if (!parsed || parsed.localName !== 'math') {
    return h('span', { class: 'number' }, math.text || math.latex || '');
  }
  return rebuilt(parsed, link);
}
