// The page: one step of the trace, stepping through it, and everything that lights up together.

const trace = JSON.parse($('document').textContent);
const state = { position: 0, selected: null, playing: null, graphs: new Map() };
let graph = null, chain = null, events = [], valueAt = new Map(), gradAt = new Map();

const sourcePanel = new SourcePanel(trace.source, key => jumpTo(key));
const actions = { select: key => select(key, true), hint: key => hint(key) };

// ---- one step of the program

function openStep(index) {
  stop();
  const step = trace.steps[index];
  if (!step) { showNothing(); return; }
  events = [...step.forward.map(op => ({ op, back: false })), ...step.backward.map(op => ({ op, back: true }))];
  if (!state.graphs.has(index)) state.graphs.set(index, new Graph(step, $('canvas'), { drawn: () => refresh() }));
  graph = state.graphs.get(index);
  $('loss').textContent = step.loss === null ? '' : `loss ${digits(step.loss)}`;
  findTimes(step);
  markLines(step);
  state.selected = null;
  chain = new ChainPanel(graph, step, actions);
  $('position').max = events.length;
  $('half').hidden = !events.length;
  $('half').style.left = `${100 * step.forward.length / Math.max(1, events.length)}%`;
  graph.draw();
  graph.fit();
  goTo(events.length);
}

function showNothing() {
  $('empty').hidden = false;
  $('transport').hidden = $('tools').hidden = $('step-label').hidden = true;
  $('chain').replaceChildren(h('p', { class: 'none' }, 'Nothing was differentiated.'));
  $('node').replaceChildren(h('p', { class: 'none' }, 'Nothing was recorded.'));
  markFailure();
}

/** When each value and each gradient is there: a gradient is whole once its last user gave its part. */
function findTimes(step) {
  const ran = new Map(), came = new Map();
  events.forEach(({ op, back }, i) => (back ? came : ran).set(op, i + 1));
  valueAt = new Map();
  gradAt = new Map();
  for (const [key, tensor] of graph.tensors) {
    valueAt.set(key, ran.get(tensor.op) || 0);
    if (tensor.grad) gradAt.set(key, step.backward.length ? step.forward.length + 1 : 0);
  }
  for (const op of step.ops) {
    for (const id of op.inputs) {
      if (gradAt.has(id) && came.has(op.id)) gradAt.set(id, Math.max(gradAt.get(id), came.get(op.id)));
    }
  }
}

function markLines(step) {
  const at = new Map();
  const known = new Map(step.ops.map(op => [op.id, op]));
  for (const id of step.forward) {
    const op = known.get(id);
    const place = op && `${op.file}:${op.line}`;
    if (op && op.file && !at.has(place)) at.set(place, id);
  }
  sourcePanel.mark(at);
}

// ---- stepping

function goTo(position) {
  if (!graph) return;
  state.position = Math.min(Math.max(position, 0), events.length);
  const event = events[state.position - 1] || null;
  const op = event && graph.ops.get(event.op);
  $('position').value = state.position;
  $('now').replaceChildren(...spoken(event, op));
  sourcePanel.light(op && op.file, op && op.line, event && event.back ? 'back' : 'now');
  markFailure();
  chain.light(event ? event.op : null, event && event.back ? 'back' : 'now');
  if (op && state.position < events.length) graph.show(event.op);
  select(op ? event.op : null, false);
  refresh();
}

function spoken(event, op) {
  const forward = trace.steps.length ? events.filter(({ back }) => !back).length : 0;
  if (!events.length) return ['nothing to step through'];
  if (!event) return ['before the first operation'];
  const names = ids => ids.filter(id => graph.tensors.has(id)).map(id => graph.called(id)).join(', ');
  if (!op) return [`${state.position} of ${events.length}`];
  const made = graph.tensors.get(op.outputs[0]);
  const value = made && made.value ? ` = ${short(made.value.text, 24)}` : '';
  return event.back
    ? [h('b', { class: 'back' }, `backward ${state.position - forward} of ${events.length - forward}`), `  ${op.symbol || op.name} hands its gradient to ${names(receivers(op))}`]
    : [h('b', { class: 'now' }, `forward ${state.position} of ${forward}`), `  ${op.symbol || op.name} makes ${names(op.outputs)}${value}`];
}

/** The inputs that a gradient reaches; all inputs where none was kept. */
function receivers(op) {
  const found = op.inputs.filter(id => graph.tensors.has(id) && graph.tensors.get(id).grad);
  return found.length ? found : op.inputs;
}

function markFailure() {
  const { status } = trace;
  if (status && status.file && state.position === events.length) sourcePanel.light(status.file, status.line, 'wrong');
}

function jumpTo(key) {
  const index = events.findIndex(({ op, back }) => !back && op === key);
  if (index >= 0) goTo(index + 1);
}

function stop() {
  clearInterval(state.playing);
  state.playing = null;
  showPlaying(false);
}

function showPlaying(playing) {
  $('play').querySelector('path').setAttribute('d', playing ? 'M4 3h3v10H4zM9 3h3v10H9z' : 'M5 2.5v11l8-5.5z');
  $('play').title = playing ? 'pause (space)' : 'play (space)';
}

function play() {
  if (state.playing) { stop(); return; }
  if (state.position >= events.length) goTo(0);
  showPlaying(true);
  const pause = Math.max(120, Math.min(900, 20000 / Math.max(1, events.length)));
  state.playing = setInterval(() => {
    goTo(state.position + 1);
    if (state.position >= events.length) stop();
  }, pause);
}

// ---- what lights up

/** Brings every node that is seen into the look that belongs to the position. */
function refresh() {
  if (!graph || !graph.nodes) return;
  const event = events[state.position - 1] || null;
  const current = event && graph.visible(event.op);
  const failed = trace.status && trace.status.op !== null && trace.status.op !== undefined
    ? graph.visible(trace.status.op) : null;
  const ran = new Set(events.slice(0, state.position).filter(({ back }) => !back).map(({ op }) => op));
  const inForward = new Set(events.filter(({ back }) => !back).map(({ op }) => op));
  const whole = state.position === events.length;
  for (const [key, node] of graph.nodes) {
    const isTensor = graph.tensors.has(key), isOp = graph.ops.has(key);
    const todo = isTensor ? state.position < valueAt.get(key) : isOp && inForward.has(key) && !ran.has(key);
    node.classList.toggle('todo', todo);
    node.classList.toggle('waiting', isTensor && state.position < (gradAt.get(key) ?? 0));
    node.classList.toggle('now', !whole && key === current && !event.back);
    node.classList.toggle('back', !whole && key === current && event.back);
    node.classList.toggle('wrong', key === failed);
    node.classList.toggle('selected', state.selected !== null && key === graph.visible(state.selected));
    node.classList.toggle('arrived', isTensor && event !== null && !whole && event.back && gradAt.get(key) === state.position);
  }
  for (const { line, ends } of graph.lines) {
    const lit = !whole && event !== null && ends.some(pair => pair.includes(event.op));
    line.classList.toggle('now', lit && !event.back);
    line.classList.toggle('back', lit && event.back);
    line.classList.toggle('todo', ends.every(([u, v]) => {
      const op = graph.ops.has(u) ? u : v;
      return inForward.has(op) && !ran.has(op);
    }));
  }
}

function select(key, byHand) {
  state.selected = key;
  showDetails(key, graph, actions.select);
  if (!key) return;
  if (byHand) {
    graph.reveal(key);
    graph.show(key);
    if (graph.tensors.has(key)) chain.openLeaf(graph.tensors.get(key).id);
    const op = graph.ops.get(key);
    if (op) sourcePanel.light(op.file, op.line, 'now');
    refresh();
  }
}

function hint(key) {
  for (const [own, node] of graph.nodes) node.classList.toggle('hinted', key !== null && own === graph.visible(key));
  chain.hover(key);
}

// ---- hands: pointer, wheel, keys, buttons

function keyAt(event) {
  const node = event.target.closest && event.target.closest('[data-key]');
  return node ? node.dataset.key : null;
}

function activate(key) {
  if (graph.boxes.has(key)) graph.toggle(key);
  select(key, !graph.boxes.has(key));
  refresh();
}

function listenToPointer(canvas) {
  let drag = null;
  canvas.addEventListener('pointerdown', event => {
    drag = { x: event.clientX, y: event.clientY, moved: false, key: keyAt(event) };
    hideTip();
  });
  canvas.addEventListener('pointermove', event => {
    if (!drag) { showTip(event); return; }
    const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    if (!drag.moved) canvas.setPointerCapture(event.pointerId);
    drag = { ...drag, x: event.clientX, y: event.clientY, moved: true };
    if (!graph) return;
    graph.view.x += dx;
    graph.view.y += dy;
    graph.move();
  });
  canvas.addEventListener('pointerup', () => {
    if (drag && !drag.moved && graph && drag.key) activate(drag.key);
    drag = null;
  });
  canvas.addEventListener('pointercancel', () => { drag = null; });
  canvas.addEventListener('pointerleave', hideTip);
  canvas.addEventListener('wheel', event => {
    event.preventDefault();
    const frame = canvas.getBoundingClientRect();
    if (graph) graph.zoom(Math.exp(-event.deltaY * 0.0015), event.clientX - frame.left, event.clientY - frame.top);
  }, { passive: false });
}

function hideTip() { $('tip').hidden = true; }

function showTip(event) {
  const key = keyAt(event);
  if (!key || !graph) { hideTip(); if (graph) hint(null); return; }
  const tensor = graph.tensors.get(key), op = graph.ops.get(key), box = graph.boxes.get(key);
  const line = (text, kind) => h('div', { class: kind }, text);
  const rows = tensor ? [
    line(`${graph.called(key)} · ${shapeText(tensor.shape)} · ${tensor.dtype}`, 'headline'),
    tensor.value && line(short(tensor.value.text, 200), 'value'),
    tensor.grad && state.position >= gradAt.get(key) && line('∇ ' + short(tensor.grad.text, 200), 'grad'),
  ] : op ? [
    line(`${op.symbol} ${op.name}`, 'headline'),
    op.file && line(`${op.file}, line ${op.line}`, 'muted'),
  ] : [line(`${box.id.slice(2) || box.name}: ${graph.counts.get(key).ops} operations`, 'headline')];
  $('tip').replaceChildren(...rows.filter(Boolean));
  $('tip').hidden = false;
  const frame = $('graph').getBoundingClientRect(), { offsetWidth: width, offsetHeight: height } = $('tip');
  $('tip').style.left = `${Math.min(event.clientX - frame.left + 14, Math.max(4, frame.width - width - 6))}px`;
  $('tip').style.top = `${Math.min(event.clientY - frame.top + 16, Math.max(4, frame.height - height - 6))}px`;
  hint(key);
}

function onKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const { target } = event;
  if (target.matches('select, textarea') || target.closest('#run')) return;
  const node = target.closest('#canvas [data-key]');
  if (node && event.key === 'Enter') { activate(node.dataset.key); return; }
  if (event.key === ' ' && target.matches('button')) return;
  const moves = {
    ArrowRight: () => goTo(state.position + 1), ArrowLeft: () => goTo(state.position - 1),
    Home: () => goTo(0), End: () => goTo(events.length), ' ': play, f: () => graph && graph.fit(),
  };
  if (!(event.key in moves)) return;
  event.preventDefault();
  if (event.key !== ' ') stop();
  moves[event.key]();
}

function listenToButtons() {
  const on = (id, action) => $(id).addEventListener('click', action);
  const step = move => () => { stop(); goTo(move()); };
  on('first', step(() => 0));
  on('back', step(() => state.position - 1));
  on('next', step(() => state.position + 1));
  on('last', step(() => events.length));
  on('play', play);
  on('fit', () => graph.fit());
  on('zoom-in', () => graph.zoom(1.3));
  on('zoom-out', () => graph.zoom(1 / 1.3));
  on('open-all', () => graph.toggleAll());
  on('theme', () => {
    const dark = getComputedStyle(document.documentElement).colorScheme === 'dark';
    document.documentElement.dataset.theme = dark ? 'light' : 'dark';
  });
  $('position').addEventListener('input', () => { stop(); goTo(Number($('position').value)); });
  $('step').addEventListener('change', () => openStep(Number($('step').value)));
  addEventListener('keydown', onKey);
}

// ---- the start

function showStatus(status) {
  $('status').hidden = !status;
  if (!status) return;
  const place = status.file ? ` (${status.file}${status.line ? `, line ${status.line}` : ''})` : '';
  const crashed = status.op !== null && status.op !== undefined || /error|exception|interrupt/i.test(status.type || '');
  $('status').classList.toggle('wrong', crashed);
  $('status').replaceChildren(h('b', {}, status.type || 'note'), ` ${status.message || ''}${place}`);
  document.documentElement.style.setProperty('--banner', `${$('status').offsetHeight + 10}px`);
}

function start() {
  $('program').textContent = trace.program || 'trace';
  showStatus(trace.status);
  $('step').append(...trace.steps.map((step, i) => h('option', { value: i }, String(step.index))));
  $('step-label').hidden = trace.steps.length < 2;
  listenToPointer($('canvas'));
  listenToButtons();
  showRun(trace.run);
  openStep(0);
  new ResizeObserver(() => graph && graph.fit()).observe($('canvas'));
}

start();
