// The plane of two inputs: what the network says at each point, and where the samples lie.

const CELL = 4;
const FEWEST_CELLS = 5; // of the largest square of a class, so that its name has room

let pointed = null; // the cell of the plane whose answer is told

function plane() {
  const { low, high, kind, answers, classes } = data.plane;
  const canvas = make("canvas", { tabindex: "0", role: "application", "aria-roledescription": "plane of two inputs" });
  const told = make("p", { id: "there", "aria-live": "polite", text: pointed === null ? "" : answerAt(pointed) });
  const point = (column, row) => {
    const inside = (k) => Math.max(0, Math.min(data.plane.size - 1, k));
    pointed = inside(row) * data.plane.size + inside(column);
    told.textContent = answerAt(pointed);
    drawPlane(canvas);
  };
  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    point(...[[event.clientX - box.left, box.width], [event.clientY - box.top, box.height]].map(([at, all]) => Math.floor((at / all) * data.plane.size)));
  });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (!step) return;
    const from = pointed === null ? [Math.floor(data.plane.size / 2), Math.floor(data.plane.size / 2)] : [pointed % data.plane.size, Math.floor(pointed / data.plane.size)];
    point(...(pointed === null ? from : [from[0] + step[0], from[1] + step[1]]));
    event.preventDefault();
  });
  const ends = (axis) => [show(Number(low[axis].toPrecision(3))), show(Number(high[axis].toPrecision(3)))];
  const axes = [0, 1].map((axis) => data.columns[axis] || `x[${axis}]`);
  const [[left, right], [bottom, top]] = [ends(0), ends(1)];
  const answer = kind === "class" ? "The class that the network takes each point for" : kind === "number" ? "The output of the network at each point" : `The probability of ${classes[1]} at each point`;
  canvas.setAttribute("aria-label", `${answer}${kind === "class" ? `: ${[...new Set(answers)].map((k) => classes[k]).join(", ")}` : ""}; horizontal: ${axes[0]}, from ${left} to ${right}; vertical: ${axes[1]}, from ${bottom} to ${top}. The arrow keys choose a point, whose answer is told below.`);
  drawPlane(canvas);
  const edge = (name, ...texts) => make("div", { class: `edge ${name}` }, ...texts.map((text) => make("span", { text })));
  const keys = classes.map((name, k) => key(data.plane.colours[k], name));
  const ramp = { class: [], number: [scale(range(answers))], probability: [make("span", { class: "quiet", text: "At the line it is 1/2." })] }[kind];
  return make("figure", { id: "plane" },
    make("div", { class: "axes" }, edge("upward", bottom, axes[1], top), canvas, edge("across", left, axes[0], right)),
    make("figcaption", { text: `${answer}. The large square is the sample that is shown${data.samples.length > 1 ? ", a small one another of the page" : ""}${page.points.length ? "; a dot is a sample of the data" : ""}. A click, or the arrow keys, tells the answer at a point.` }), told, make("div", { class: "keys" }, ...keys, ...ramp));
}

function answerAt(cell) { // in words what the network says in the middle of a cell; numbers were computed when the page was made
  const { low, high, size: side, kind, answers, classes, percent } = data.plane;
  const share = [(cell % side) / (side - 1), 1 - Math.floor(cell / side) / (side - 1)];
  const where = [0, 1].map((axis) => `${data.columns[axis] || `x[${axis}]`} = ${show(Number((low[axis] + share[axis] * (high[axis] - low[axis])).toPrecision(3)))}`).join(", ");
  const sure = percent && (percent[cell] >= 100 ? "more than 99 %" : `${percent[cell]} %`);
  const words = { class: `${classes[answers[cell]]}${sure ? `, with a probability of ${sure}` : ""}`, number: `the output is ${show(answers[cell])}`, probability: `the probability of ${classes[1]} is ${show(answers[cell])}` };
  return `At ${where}: ${words[kind]}.`;
}

function key(colour, name) {
  const sign = make("span", { class: "swatch", "aria-hidden": "true" });
  sign.style.setProperty("background", mix(colours().paper, colour, 0.55));
  return make("span", { class: "key" }, sign, make("span", { text: name }));
}

function drawPlane(canvas) {
  const { low, high, at, size: side, kind, answers, classes, labels } = data.plane;
  const c = colours();
  const most = range(answers);
  const fill = {
    class: (v) => mix(c.paper, data.plane.colours[v], 0.55),
    probability: (v) => mix(c.paper, data.plane.colours[v < 0.5 ? 0 : 1], 1.2 * Math.abs(v - 0.5)),
    number: (v) => mix(c.paper, v < 0 ? c.minus : c.plus, most ? (0.7 * Math.abs(v)) / most : 0),
  }[kind];
  canvas.width = canvas.height = side * CELL;
  const context = canvas.getContext("2d");
  answers.forEach((v, k) => {
    context.fillStyle = fill(v);
    context.fillRect((k % side) * CELL, Math.floor(k / side) * CELL, CELL, CELL);
  });
  context.strokeStyle = c.ink;
  context.font = "13px sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  const regions = kind === "probability" ? answers.map((v) => (v > 0.5 ? 1 : 0)) : answers;
  if (kind !== "number") drawBorders(context, regions, side);
  drawPoints(context, side);
  if (pointed !== null) {
    const [x, y] = [pointed % side, Math.floor(pointed / side)].map((k) => k * CELL + CELL / 2);
    context.lineWidth = 2;
    context.strokeStyle = c.mark;
    for (const [dx, dy] of [[9, 0], [0, 9]]) {
      context.beginPath();
      context.moveTo(x - dx, y - dy);
      context.lineTo(x + dx, y + dy);
      context.stroke();
    }
    context.strokeStyle = c.ink;
  }
  const share = (sample, axis) => (sample[axis] - low[axis]) / (high[axis] - low[axis]);
  const squares = at.map((sample) => [share(sample, 0), 1 - share(sample, 1)].map((along) => along * (side - 1) * CELL + CELL / 2));
  squares.forEach(([x, y], number) => {
    const half = number === shown ? 7 : 4;
    const box = [x - half, y - half, 2 * half, 2 * half];
    context.fillStyle = labels[number] === null ? c.paper : data.plane.colours[labels[number]];
    context.fillRect(...box);
    context.lineWidth = number === shown ? 3 : 1.5;
    context.strokeStyle = number === shown ? c.mark : c.ink;
    context.strokeRect(...box);
  });
  if (kind === "number") writeNumbers(context, answers, side);
  else {
    const isNear = (place) => squares.some(([x, y]) => Math.hypot((place % side) * CELL - x, Math.floor(place / side) * CELL - y) < 3 * CELL);
    const free = regions.map((region, place) => (isNear(place) ? null : region));
    classes.forEach((name, k) => writeName(context, name, free.map((region) => region === k), side));
  }
}

function drawPoints(context, side) { // the samples of the data, between which the borders lie
  const { low, high, colours: ofClasses } = data.plane;
  const c = colours();
  context.lineWidth = 1;
  for (const [x, y, label] of page.points) {
    const [left, up] = [(x - low[0]) / (high[0] - low[0]), (high[1] - y) / (high[1] - low[1])].map((along) => along * (side - 1) * CELL + CELL / 2);
    context.beginPath();
    context.arc(left, up, 2, 0, 7);
    context.fillStyle = label === null || !ofClasses.length ? c.ink : ofClasses[label];
    context.fill();
    context.strokeStyle = c.paper;
    context.stroke();
  }
  context.strokeStyle = c.ink;
}

function drawBorders(context, regions, side) {
  context.lineWidth = 1.5;
  context.beginPath();
  regions.forEach((region, k) => {
    const [x, y] = [(k % side) * CELL, Math.floor(k / side) * CELL];
    if (x && regions[k - 1] !== region) { context.moveTo(x, y); context.lineTo(x, y + CELL); }
    if (y && regions[k - side] !== region) { context.moveTo(x, y); context.lineTo(x + CELL, y); }
  });
  context.stroke();
}

function writeName(context, name, isThere, side) { // in the largest square that lies in the region
  const edges = [];
  let [best, at] = [0, 0];
  isThere.forEach((there, k) => {
    edges.push(!there ? 0 : k % side && k >= side ? 1 + Math.min(edges[k - 1], edges[k - side], edges[k - side - 1]) : 1);
    if (edges[k] > best) [best, at] = [edges[k], k];
  });
  if (best < FEWEST_CELLS) return;
  const middle = (place) => (place + 1 - best / 2) * CELL;
  write(context, name, middle(at % side), middle(Math.floor(at / side)), best * CELL);
}

function write(context, text, x, y, width) { // with a rim, so that it is read on any colour
  const c = colours();
  context.lineWidth = 3;
  context.strokeStyle = c.paper;
  context.strokeText(text, x, y, width);
  context.fillStyle = c.ink;
  context.fillText(text, x, y, width);
}

function writeNumbers(context, answers, side) {
  const step = side / 4;
  for (let row = step / 2; row < side; row += step) {
    for (let column = step / 2; column < side; column += step) {
      const value = answers[Math.floor(row) * side + Math.floor(column)];
      write(context, show(Number(value.toPrecision(2))), column * CELL, row * CELL, step * CELL);
    }
  }
}
