// Coordinates: layers and order come with the document, sizes depend on which boxes are open.

const GAP = { across: 46, down: 34, along: 18, dummy: 6, pad: 16, title: 26 };

/**
 * The centres nearest to the wished ones (least squares) that keep the order and the distances:
 * isotonic regression by pooling adjacent violators (Ayer and others, 1955).
 */
function apart(wished, weights, distances) {
  const blocks = [];
  let offset = 0;
  const offsets = wished.map((_, i) => (offset += i ? distances[i - 1] : 0));
  wished.forEach((wish, i) => {
    let block = { sum: (wish - offsets[i]) * weights[i], weight: weights[i], size: 1 };
    while (blocks.length && blocks.at(-1).sum / blocks.at(-1).weight > block.sum / block.weight) {
      const above = blocks.pop();
      block = { sum: above.sum + block.sum, weight: above.weight + block.weight, size: above.size + block.size };
    }
    blocks.push(block);
  });
  const level = blocks.flatMap(({ sum, weight, size }) => Array(size).fill(sum / weight));
  return level.map((value, i) => value + offsets[i]);
}

/**
 * Places the children of a box: columns (or rows) are layers, every centre is drawn to its neighbours.
 * `sizes` maps a child to [width, height] (dummies have none), `pairs` are neighbours [u, v].
 * Returns the size of the whole and the top left corner of each child.
 */
function placed(layers, sizes, pairs, vertical) {
  if (!vertical) return inColumns(layers, sizes, pairs, GAP.across);
  const turned = new Map([...sizes].map(([node, [width, height]]) => [node, [height, width]]));
  const { width, height, corners } = inColumns(layers, turned, pairs, GAP.down);
  return { width: height, height: width, corners: new Map([...corners].map(([node, [x, y]]) => [node, [y, x]])) };
}

function inColumns(layers, sizes, pairs, gap) {
  const before = new Map(), after = new Map(), y = new Map();
  const append = (map, key, value) => (map.has(key) ? map.get(key).push(value) : map.set(key, [value]));
  for (const [u, v] of pairs) { append(after, u, v); append(before, v, u); }
  const height = node => (sizes.get(node) || [0, GAP.dummy])[1];
  const distances = layers.map(layer => layer.slice(1).map((node, i) =>
    (height(layer[i]) + height(node)) / 2 + (sizes.has(node) || sizes.has(layer[i]) ? GAP.along : GAP.dummy)));
  layers.forEach((layer, k) => {
    apart(layer.map(() => 0), layer.map(() => 1), distances[k]).forEach((value, i) => y.set(layer[i], value));
  });
  const sweep = (order, neighbours) => {
    for (const k of order) {
      const layer = layers[k];
      const wished = layer.map(node => {
        const near = neighbours.flatMap(map => map.get(node) || []);
        return near.length ? near.reduce((sum, other) => sum + y.get(other), 0) / near.length : y.get(node);
      });
      const weights = layer.map(node => (sizes.has(node) ? 1 : 4));
      apart(wished, weights, distances[k]).forEach((value, i) => y.set(layer[i], value));
    }
  };
  const down = layers.map((_, k) => k), up = [...down].reverse();
  for (let round = 0; round < 4; round++) { sweep(down, [before]); sweep(up, [after]); }
  sweep(down, [before, after]);

  const corners = new Map();
  let x = 0, top = Infinity, bottom = -Infinity;
  for (const layer of layers) {
    const width = Math.max(0, ...layer.map(node => (sizes.get(node) || [0])[0]));
    for (const node of layer) {
      const own = (sizes.get(node) || [0])[0], high = y.get(node) - height(node) / 2;
      corners.set(node, [x + (width - own) / 2, high]);
      top = Math.min(top, high);
      bottom = Math.max(bottom, high + height(node));
    }
    x += width + gap;
  }
  if (!corners.size) return { width: 0, height: 0, corners };
  for (const corner of corners.values()) corner[1] -= top;
  return { width: x - gap, height: bottom - top, corners };
}
