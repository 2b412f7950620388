// The panels beside the graph: the source, the chain rule written out, and the selected node.

class SourcePanel {
  constructor(source, choose) {
    this.source = source || {};
    this.choose = choose;
    this.list = $('source');
    this.files = $('file');
    const names = Object.keys(this.source);
    this.files.append(...names.map(name => h('option', { value: name }, name)));
    this.files.hidden = names.length < 2;
    this.files.addEventListener('change', () => this.open(this.files.value));
    this.at = new Map();
    if (names.length) this.open(names[0]);
    else this.list.replaceChildren(h('li', { class: 'none' }, 'no source'));
  }

  /** Tells the panel which operations each line made: a map from "file:line" to nodes. */
  mark(at) {
    this.at = at;
    if (this.file) this.open(this.file);
  }

  open(file) {
    this.file = this.files.value = file;
    this.lines = this.source[file].map((text, i) => {
      const here = this.at.get(`${file}:${i + 1}`);
      const click = here && { onclick: () => this.choose(here), title: 'go to its first operation' };
      return h('li', { class: here ? 'made' : null, ...click }, h('code', {}, text || ' '));
    });
    this.list.replaceChildren(...this.lines);
  }

  light(file, line, kind) {
    if (this.lit) this.lit.classList.remove('now', 'back', 'wrong');
    this.lit = null;
    if (!file || !(file in this.source)) return;
    if (file !== this.file) this.open(file);
    this.lit = this.lines[line - 1];
    if (!this.lit) return;
    this.lit.classList.add(...kind.split(' '));
    scrollInside(this.list, this.lit);
  }
}

/** Scrolls only the panel, never the page. */
function scrollInside(panel, child) {
  const top = child.offsetTop - panel.offsetTop;
  if (top < panel.scrollTop || top + child.offsetHeight > panel.scrollTop + panel.clientHeight) {
    panel.scrollTop = top - panel.clientHeight / 2;
  }
}

class ChainPanel {
  constructor(graph, step, actions) {
    this.graph = graph;
    this.derivations = step.derivations;
    this.actions = actions;
    this.rows = [];
    this.reach = new Map();
    this.forward = step.forward;
    this.backward = new Map(step.backward.map((op, i) => [op, i]));
    const many = this.derivations.length > 6;
    const name = derivation => this.nameOf(derivation);
    if (many) {
      const list = h('select', { 'aria-label': 'leaf', onchange: () => this.open(Number(list.value)) },
        this.derivations.map((derivation, i) => h('option', { value: i }, name(derivation))));
      $('leaves').replaceChildren(list);
    } else {
      $('leaves').replaceChildren(...this.derivations.map((derivation, i) =>
        h('button', { class: 'chip', onclick: () => this.open(i) }, name(derivation))));
    }
    if (this.derivations.length) this.open(0);
    else $('chain').replaceChildren(h('p', { class: 'none' }, 'Nothing was differentiated in this step.'));
  }

  nameOf(derivation) {
    return this.graph.called(derivation.tensor);
  }

  link = (piece, node) => {
    piece.classList.add('factor');
    piece.dataset.node = node;
    piece.setAttribute('tabindex', 0);
    piece.addEventListener('click', event => { event.stopPropagation(); this.actions.select(node); });
    piece.addEventListener('pointerenter', () => this.actions.hint(node));
    piece.addEventListener('pointerleave', () => this.actions.hint(null));
  };

  open(index) {
    this.index = index;
    const { math, steps } = this.derivations[index];
    const leaf = this.derivations[index].tensor;
    [...$('leaves').querySelectorAll('.chip')].forEach((chip, i) => chip.classList.toggle('chosen', i === index));
    const list = $('leaves').querySelector('select');
    if (list) list.value = index;
    this.rows = (steps || []).map(({ math: part, op }) => ({ op, row: this.row(part, op) }));
    const copy = (label, what) => {
      const button = h('button', { class: 'quiet', onclick: () => copyText((math && math[what]) || '', button) }, label);
      return button;
    };
    $('chain').replaceChildren(
      h('div', { class: 'whole', onclick: () => this.actions.select(leaf) }, formula(math, this.link)),
      h('div', { class: 'chain-steps' }, this.rows.map(({ row }) => row)),
      h('div', { class: 'buttons' }, copy('copy LaTeX', 'latex'), copy('copy text', 'text')));
    if (this.current !== undefined) this.light(this.current, this.kind);
  }

  row(math, op) {
    const choose = op === null || op === undefined ? null : () => this.actions.select(op);
    return h('div', { class: choose ? 'row linked' : 'row', onclick: choose }, formula(math, this.link));
  }

  /** Opens the derivation of a leaf, if there is one. */
  openLeaf(id) {
    const index = this.derivations.findIndex(derivation => derivation.tensor === id);
    if (index >= 0 && index !== this.index) this.open(index);
  }

  /** The operations through which the leaf of a derivation reaches the end. */
  reached(index) {
    if (!this.reach.has(index)) {
      const tensors = new Set([this.derivations[index].tensor]), found = new Set();
      for (const id of this.forward) {
        const op = this.graph.ops.get(id);
        if (!op || !op.inputs.some(input => tensors.has(input))) continue;
        found.add(id);
        op.outputs.forEach(output => tensors.add(output));
      }
      this.reach.set(index, found);
    }
    return this.reach.get(index);
  }

  /** The line of the derivation that speaks of an operation: its own, or the one it is part of. */
  rowOf(op) {
    if (op === null || !this.rows.length || !this.reached(this.index).has(op)) return null;
    const when = this.backward.get(op);
    const before = this.rows.filter(({ op: own }) => own === op || this.backward.get(own) <= when);
    return before.length ? before.at(-1).row : null;
  }

  light(op, kind) {
    this.current = op;
    this.kind = kind;
    if (op !== null && this.derivations.length && !this.reached(this.index).has(op)) {
      const index = this.derivations.findIndex((_, i) => this.reached(i).has(op));
      if (index >= 0) { this.open(index); return; }
    }
    const lit = this.rowOf(op);
    for (const { row } of this.rows) {
      const here = row === lit;
      row.classList.toggle('now', here && kind !== 'back');
      row.classList.toggle('back', here && kind === 'back');
      if (here) scrollInside($('chain'), row);
    }
    for (const piece of $('chain').querySelectorAll('.factor')) {
      piece.classList.toggle('now', piece.dataset.node === op);
    }
  }

  hover(node) {
    for (const piece of $('chain').querySelectorAll('.factor')) {
      piece.classList.toggle('hover', piece.dataset.node === node);
    }
  }
}

// ---- the selected node

function dataBlock(title, data, kind) {
  if (!data) return null;
  const stats = data.stats && h('table', { class: 'stats' },
    h('tr', {}, Object.keys(data.stats).map(name => h('th', {}, name))),
    h('tr', {}, Object.values(data.stats).map(value => h('td', {}, digits(value)))));
  let picture = null;
  if (data.heat && data.heat.length) {
    const [width, height] = heatSize(data.heat, 150);
    picture = s('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': title + ' as a heat map' },
      heatMap(data.heat, 0, 0, 150));
  }
  return h('div', { class: 'data ' + kind }, h('h3', {}, title), h('pre', {}, data.text), stats, picture);
}

function tensorDetails(tensor, graph, select) {
  const to = key => nodeLink(key, graph, select);
  const users = [...graph.ops.values()].filter(op => op.inputs.includes(tensor.id)).map(op => op.id);
  return [
    h('p', { class: 'headline' }, h('b', {}, graph.called(tensor.id)), ` ${shapeText(tensor.shape)} · ${tensor.dtype}${tensor.leaf ? ' · leaf' : ''}`),
    h('p', { class: 'muted' }, tensor.module ? `in ${tensor.module} ` : null,
      tensor.op !== null && graph.ops.has(tensor.op) ? ['made by ', to(tensor.op), ' '] : null,
      users.length ? ['read by ', users.slice(0, 8).map(key => [to(key), ' ']).flat(), users.length > 8 ? `and ${users.length - 8} more` : null].flat() : null),
    dataBlock('value', tensor.value, 'value'),
    dataBlock('gradient', tensor.grad, 'grad'),
  ].filter(Boolean);
}

function opDetails(op, graph, select) {
  const links = ids => ids.filter(id => graph.tensors.has(id)).map(id => [nodeLink(id, graph, select), ' ']).flat();
  const rows = (op.locals || []).map(local => {
    const key = op.inputs[local.input];
    const by = graph.tensors.has(key) ? nodeLink(key, graph, select) : `input ${local.input + 1}`;
    return h('div', { class: 'local-row' }, h('span', { class: 'muted' }, '∂/∂', by), local.formula ? [' = ', formula(local.formula)] : null,
      local.value ? [' = ', h('span', { class: 'number grad' }, local.value.text.trim())] : null);
  });
  return [
    h('p', { class: 'headline' }, h('b', {}, op.symbol || op.name), ` ${op.name}`, op.module ? ` · in ${op.module}` : ''),
    h('p', { class: 'muted' }, op.file ? `${op.file}, line ${op.line}` : '', ' · from ', links(op.inputs), ' to ', links(op.outputs)),
    rows.length ? h('h3', {}, 'local derivatives') : null,
    ...rows,
  ].filter(Boolean);
}

function boxDetails(box, graph, select) {
  const { ops, tensors } = graph.counts.get(box.id);
  return [
    h('p', { class: 'headline' }, h('b', {}, box.id.slice(2) || 'the program'), ` ${ops} operations · ${tensors} tensors`),
    h('p', { class: 'muted' }, 'A click opens or collapses it.'),
  ];
}

function nodeLink(key, graph, select) {
  const op = graph.ops.get(key);
  const text = op ? op.symbol || op.name : graph.called(key);
  return h('button', { class: 'link', onclick: () => select(key) }, text);
}

function showDetails(key, graph, select) {
  const made = !key ? [h('p', { class: 'none' }, 'Click a node of the graph.')]
    : graph.tensors.has(key) ? tensorDetails(graph.tensors.get(key), graph, select)
      : graph.ops.has(key) ? opDetails(graph.ops.get(key), graph, select)
        : boxDetails(graph.boxes.get(key), graph, select);
  $('node').replaceChildren(...made);
  $('node').scrollTop = 0;
}
