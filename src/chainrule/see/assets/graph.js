// The graph of one step: which nodes are seen, where they are, and how they look.

const OPEN_LIMIT = 90;  // so many nodes are shown from the start; more open by hand
const VISIBLE_LIMIT = 700;  // so many nodes "open all" shows at most
const FORMULA_LIMIT = 26;  // letters of a formula that find room on a node
const LETTER = 7.3;

class Graph {
  constructor(step, canvas, listener) {
    this.canvas = canvas;
    this.listener = listener;
    this.tensors = new Map(step.tensors.map(tensor => [tensor.id, tensor]));
    this.ops = new Map(step.ops.map(op => [op.id, op]));
    this.boxes = new Map(step.boxes.map(box => [box.id, box]));
    this.parent = new Map();
    for (const box of step.boxes) {
      for (const child of box.layers.flat()) if (!child.startsWith('d:')) this.parent.set(child, box.id);
    }
    this.edges = [];
    for (const [key, op] of this.ops) {
      for (const id of op.inputs) if (this.tensors.has(id)) this.edges.push([id, key]);
      for (const id of op.outputs) if (this.tensors.has(id)) this.edges.push([key, id]);
    }
    this.countNodes();
    this.findPairs();
    this.open = new Set(['m:']);
    this.openSome(OPEN_LIMIT);
    this.view = { x: 0, y: 0, scale: 1 };
    this.vertical = this.fitsBetter();
  }

  countNodes() {
    this.counts = new Map([...this.boxes.keys()].map(id => [id, { ops: 0, tensors: 0 }]));
    for (const key of [...this.ops.keys(), ...this.tensors.keys()]) {
      for (let box = this.parent.get(key); box; box = this.parent.get(box)) {
        this.counts.get(box)[this.ops.has(key) ? 'ops' : 'tensors'] += 1;
      }
    }
  }

  /** For each box the neighbours among its children, long edges by way of their dummies. */
  findPairs() {
    this.routes = new Map();
    const pairs = new Map();
    for (const box of this.boxes.values()) {
      const own = new Map();
      for (const [u, v, dummies] of box.routes) {
        this.routes.set(u + '>' + v, dummies);
        const chain = [u, ...dummies, v].filter(node => node.startsWith('d:') || this.parent.get(node) === box.id);
        chain.slice(1).forEach((node, i) => own.set(chain[i] + '>' + node, [chain[i], node]));
      }
      pairs.set(box.id, own);
    }
    for (const [u, v] of this.edges) {
      const [box, a, b] = this.lift(u, v);
      if (!this.routes.has(a + '>' + b)) pairs.get(box).set(a + '>' + b, [a, b]);
    }
    this.pairs = new Map([...pairs].map(([id, own]) => [id, [...own.values()]]));
  }

  lift(u, v) {
    const above = new Map();
    for (let node = u; this.parent.has(node); node = this.parent.get(node)) above.set(this.parent.get(node), node);
    let node = v;
    while (!above.has(this.parent.get(node))) node = this.parent.get(node);
    const box = this.parent.get(node);
    return [box, above.get(box), node];
  }

  /** The dummies that the edge from u to v runs through between what is seen of its ends. */
  route(u, v, a, b) {
    const [box, from, to] = this.lift(u, v);
    const found = (...names) => this.routes.get(names.join('')) || [];
    const out = [], into = [];
    for (let node = a; this.parent.get(node) !== box; node = this.parent.get(node)) out.push(...found(node, '>'));
    for (let node = b; this.parent.get(node) !== box; node = this.parent.get(node)) {
      into.unshift(...found(this.parent.get(node), ':', u, '>', node));
    }
    return [...out, ...found(from, '>', to), ...into];
  }

  /** Opens boxes, the outermost first, as long as no more than `limit` nodes are seen. */
  openSome(limit) {
    let seen = 0;
    for (const box of this.boxes.values()) {
      const children = box.layers.flat().filter(child => !child.startsWith('d:')).length;
      if (box.id !== 'm:' && (seen + children > limit || !this.open.has(box.parent))) continue;
      this.open.add(box.id);
      seen += children;
    }
  }

  toggleAll() {
    const closed = [...this.boxes.keys()].some(id => !this.open.has(id));
    const before = this.open.size;
    if (closed) this.openSome(VISIBLE_LIMIT);
    if (!closed || this.open.size === before) this.open = new Set(['m:']);
    this.draw();
    this.fit();
  }

  toggle(box) {
    const before = this.at.get(box);
    if (this.open.has(box)) this.open.delete(box); else this.open.add(box);
    this.draw();
    const now = this.at.get(box);  // the box stays where the hand is
    this.view.x += (before.x - now.x) * this.view.scale;
    this.view.y += (before.y - now.y) * this.view.scale;
    this.move();
  }

  /** Opens every box around a node. */
  reveal(key) {
    let changed = false;
    for (let box = this.parent.get(key); box; box = this.parent.get(box)) {
      if (!this.open.has(box)) { this.open.add(box); changed = true; }
    }
    if (changed) this.draw();
  }

  /** The node itself, or the collapsed box it is in. */
  visible(key) {
    let shown = key;
    for (let box = this.parent.get(key); box; box = this.parent.get(box)) {
      if (!this.open.has(box)) shown = box;
    }
    return shown;
  }

  // ---- sizes and places

  size(key) {
    if (this.tensors.has(key)) return tensorSize(this.tensors.get(key));
    if (this.ops.has(key)) return opSize(this.ops.get(key), this);
    if (!this.open.has(key)) return [Math.max(128, this.boxes.get(key).name.length * LETTER + 56), 54];
    const inner = this.arrange(key);
    return [inner.width + 2 * GAP.pad, inner.height + 2 * GAP.pad + GAP.title];
  }

  arrange(id) {
    const box = this.boxes.get(id);
    const sizes = new Map(box.layers.flat().filter(child => !child.startsWith('d:')).map(child => [child, this.size(child)]));
    const inner = placed(box.layers, sizes, this.pairs.get(id), this.vertical);
    this.inner.set(id, { ...inner, sizes });
    return inner;
  }

  /** Whether the graph is larger on this canvas if it is drawn from top to bottom. */
  fitsBetter() {
    const { clientWidth, clientHeight } = this.canvas;
    const [across, down] = [false, true].map(vertical => {
      this.vertical = vertical;
      this.inner = new Map();
      const { width, height } = this.arrange('m:');
      return Math.min(clientWidth / (width || 1), clientHeight / (height || 1), 1);
    });
    return down > across;
  }

  settle(id, x, y) {
    const { corners, sizes } = this.inner.get(id);
    for (const [node, [left, top]] of corners) {
      const [width, height] = sizes.get(node) || [0, 0];
      this.at.set(node, { x: x + left, y: y + top, width, height });
      if (this.boxes.has(node) && this.open.has(node)) {
        this.settle(node, x + left + GAP.pad, y + top + GAP.pad + GAP.title);
      }
    }
  }

  // ---- drawing

  draw() {
    this.inner = new Map();
    this.at = new Map();
    const whole = this.arrange('m:');
    this.width = whole.width;
    this.height = whole.height;
    this.settle('m:', 0, 0);
    this.nodes = new Map();
    this.lines = [];
    const behind = s('g'), middle = s('g'), front = s('g');
    for (const [key, place] of this.at) {
      if (key.startsWith('d:')) continue;
      const isOpenBox = this.boxes.has(key) && this.open.has(key);
      const node = this.node(key, place, isOpenBox);
      this.nodes.set(key, node);
      (isOpenBox ? behind : front).append(node);
    }
    const seen = new Map();
    this.edges.forEach(([u, v]) => {
      const a = this.visible(u), b = this.visible(v);
      if (a === b) return;
      const name = a + '>' + b;
      if (!seen.has(name)) {
        const line = s('path', { class: 'edge', d: this.curve(a, b, this.route(u, v, a, b)) });
        middle.append(line);
        seen.set(name, { line, ends: [] });
        this.lines.push(seen.get(name));
      }
      seen.get(name).ends.push([u, v]);
    });
    this.layer = s('g', {}, behind, middle, front);
    this.canvas.replaceChildren(this.layer);
    this.move();
    this.listener.drawn();
  }

  curve(a, b, dummies) {
    const from = this.at.get(a), to = this.at.get(b);
    const turn = ([x, y]) => (this.vertical ? [y, x] : [x, y]);  // to a drawing from left to right
    const middle = place => turn([place.x + place.width / 2, place.y + place.height / 2]);
    const length = place => turn([place.width, place.height])[0];
    const points = [[middle(from)[0] + length(from) / 2, middle(from)[1]]];
    for (const dummy of dummies) if (this.at.has(dummy)) points.push(middle(this.at.get(dummy)));
    const [endX, endY] = [middle(to)[0] - length(to) / 2 - 1, middle(to)[1]];
    points.push([endX, endY]);
    let path = `M${turn(points[0])}`;
    for (let i = 1; i < points.length; i++) {
      const [x0, y0] = points[i - 1], [x1, y1] = points[i];
      const bend = Math.max(14, Math.abs(x1 - x0) / 2);
      path += `C${turn([x0 + bend, y0])} ${turn([x1 - bend, y1])} ${turn([x1, y1])}`;
    }
    return `${path}M${turn([endX - 6, endY - 4])}L${turn([endX, endY])}L${turn([endX - 6, endY + 4])}`;
  }

  node(key, place, isOpenBox) {
    const made = s('g', {
      class: this.tensors.has(key) ? 'tensor' : this.ops.has(key) ? 'op' : isOpenBox ? 'box open' : 'box',
      transform: `translate(${place.x},${place.y})`, 'data-key': key, tabindex: 0, role: 'button',
      'aria-label': this.label(key),
    });
    if (this.tensors.has(key)) drawTensor(made, this.tensors.get(key), place);
    else if (this.ops.has(key)) drawOp(made, this.ops.get(key), place, this);
    else drawBox(made, this.boxes.get(key), this.counts.get(key), place, isOpenBox);
    return made;
  }

  /** What a tensor is called: its name, or the operation it comes from. */
  called(id) {
    const { name, op } = this.tensors.get(id) || {};
    const maker = this.ops.get(op);
    return name || (maker ? `result of ${maker.symbol || maker.name}` : 'a tensor');
  }

  label(key) {
    const tensor = this.tensors.get(key), op = this.ops.get(key);
    if (tensor) return `tensor ${this.called(key)}, ${shapeText(tensor.shape)}`;
    return op ? `operation ${op.name}` : `module ${this.boxes.get(key).id.slice(2)}`;
  }

  // ---- the view

  move() {
    const { x, y, scale } = this.view;
    this.layer.setAttribute('transform', `translate(${x},${y}) scale(${scale})`);
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const scale = Math.min((width - 48) / (this.width || 1), (height - 48) / (this.height || 1), 1.35);
    this.view.scale = Math.max(scale, 0.4);
    this.view.x = Math.max((width - this.width * this.view.scale) / 2, 24);
    this.view.y = Math.max((height - this.height * this.view.scale) / 2, 24);
    this.move();
  }

  zoom(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    const scale = Math.min(Math.max(this.view.scale * factor, 0.05), 4);
    const real = scale / this.view.scale;
    this.view = { scale, x: x - (x - this.view.x) * real, y: y - (y - this.view.y) * real };
    this.move();
  }

  /** Moves the view so that a node is seen, if it is not. */
  show(key) {
    const place = this.at.get(this.visible(key));
    if (!place) return;
    const { x, y, scale } = this.view;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const left = place.x * scale + x, top = place.y * scale + y;
    const right = left + place.width * scale, bottom = top + place.height * scale;
    if (left < 12 || right > width - 12) this.view.x += width / 2 - (left + right) / 2;
    if (top < 12 || bottom > height - 12) this.view.y += height / 2 - (top + bottom) / 2;
    this.move();
  }
}

// ---- looks of the nodes

const tensorTitle = tensor => tensor.name || '';

function tensorRows(tensor) {
  const rows = [];
  const brief = data => (data.heat && data.stats ? `μ ${digits(data.stats.mean)}  σ ${digits(data.stats.std)}` : short(data.text.replace(/\s+/g, ' '), 24));
  if (tensor.value) rows.push(['value', brief(tensor.value), '']);
  if (tensor.grad) rows.push(['grad', brief(tensor.grad), '∇ ']);
  return rows;
}

function tensorSize(tensor) {
  const head = Math.min(tensorTitle(tensor).length, 20) * 8 + shapeText(tensor.shape).length * 6.2 + 34;
  const rows = tensorRows(tensor);
  const text = Math.max(0, ...rows.map(([, value, mark]) => (value.length + mark.length) * LETTER)) + 20;
  const heats = [tensor.value, tensor.grad].filter(data => data && data.heat);
  const heatHeight = Math.max(0, ...heats.map(data => heatSize(data.heat, 56)[1]));
  const heatWidth = heats.length * 64 + 12;
  return [Math.max(84, head, text, heatWidth), 30 + rows.length * 19 + (heats.length ? heatHeight + 10 : 0)];
}

function drawTensor(node, tensor, { width, height }) {
  if (tensor.leaf && tensor.requires_grad !== false) node.classList.add('leaf');
  node.append(s('rect', { class: 'card', width, height, rx: 9 }));
  node.append(s('text', { class: 'name', x: 10, y: 19 }, short(tensorTitle(tensor), 20)));
  node.append(s('text', { class: 'shape', x: width - 10, y: 19, 'text-anchor': 'end' }, shapeText(tensor.shape)));
  tensorRows(tensor).forEach(([kind, text, mark], i) => {
    node.append(s('text', { class: kind, x: 10, y: 39 + i * 19 }, mark + text));
  });
  let x = 10;
  for (const [kind, data] of [['value-heat', tensor.value], ['grad-heat', tensor.grad]]) {
    if (!data || !data.heat) continue;
    const map = heatMap(data.heat, x, 30 + tensorRows(tensor).length * 19, 56);
    map.classList.add(kind);
    node.append(map);
    x += 64;
  }
}

/** One line for each local derivative: what it is by, its formula and its number. */
function localRows(op, graph) {
  return (op.locals || []).map(local => {
    const tensor = graph.tensors.get(op.inputs[local.input]);
    const by = tensor && tensor.name ? `∂/∂${short(tensor.name, 12)}` : op.inputs.length > 1 ? `∂/∂${local.input + 1}` : 'f′';
    const written = (local.formula && local.formula.text) || '';
    const number = local.value && local.value.text.length < 14 && local.value.text !== written ? local.value.text : '';
    const fits = written.length <= FORMULA_LIMIT;
    return { by, formula: fits ? local.formula : null, written: fits ? written : '…', number };
  });
}

function opSize(op, graph) {
  const rows = localRows(op, graph);
  const widths = rows.map(row => (row.by.length + row.written.length + row.number.length + (row.number ? 3 : 0)) * 7.4 + 62);
  return [Math.min(Math.max(58, ...widths), 340), 42 + rows.length * 27];
}

function drawOp(node, op, { width, height }, graph) {
  node.append(s('rect', { class: 'card', width, height, rx: 21 }));
  node.append(s('text', { class: 'symbol', x: width / 2, y: 28, 'text-anchor': 'middle' }, short(op.symbol || op.name, 18)));
  const rows = localRows(op, graph);
  if (!rows.length) return;
  const lines = rows.map(row => h('div', { class: 'local' },
    h('span', { class: 'by' }, row.by + (row.written ? ' = ' : '')),
    row.formula ? formula(row.formula) : row.written, row.number ? h('span', { class: 'number' }, ' = ' + row.number) : null));
  node.append(s('foreignObject', { x: 6, y: 38, width: width - 12, height: height - 40 },
    h('div', { class: 'locals' }, lines)));
}

function drawBox(node, box, counts, { width, height }, isOpen) {
  node.append(s('rect', { class: 'card', width, height, rx: 12 }));
  node.append(s('rect', { class: 'handle', width, height: isOpen ? GAP.title : height, rx: 12 }));
  node.append(s('text', { class: 'name', x: 12, y: isOpen ? 18 : 23 }, (isOpen ? '▾ ' : '▸ ') + box.name));
  if (isOpen) return;
  const many = counts.ops === 1 ? '1 operation' : `${counts.ops} operations`;
  node.append(s('text', { class: 'shape', x: 12, y: 42 }, many));
}
