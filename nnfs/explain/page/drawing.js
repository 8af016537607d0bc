// Drawing: arrays as images of cells that take the arrow keys, short ones as buttons with bars.

const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
};

const show = (value) => {
  if (!Number.isFinite(value)) return String(value).replace("-", "−");
  const size = Math.abs(value); // of large numbers, differences are read
  const text = value !== 0 && (size < 1e-3 || size >= 1e7) ? value.toExponential(3) : String(Number(value.toPrecision(size < 1e4 ? 5 : 7)));
  return text.replace(/-/g, "−");
};

const signed = (value) => (value < 0 ? `(${show(value)})` : show(value)); // behind a sign of arithmetic

const same = (a, b) => a && b && a.source === b.source && a.what === b.what && a.sample === b.sample;
const here = (at) => ({ ...at, sample: isParameter(at) ? undefined : shown }); // the place in the sample that is shown
const range = (values) => values.reduce((top, v) => (Number.isFinite(v) ? Math.max(top, Math.abs(v)) : top), 0);

function colours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(["paper", "plus", "minus", "ink", "mark"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

function mix(a, b, t) {
  const parse = (c) => [1, 3, 5].map((k) => parseInt(c.slice(k, k + 2), 16));
  const [x, y] = [parse(a), parse(b)];
  return `rgb(${x.map((v, k) => Math.round(v + (y[k] - v) * t)).join(",")})`;
}

function drawCells(canvas, values, columns, cell, top) { // a value of null is a cell that is not there: it stays empty
  const context = canvas.getContext("2d");
  const c = colours();
  context.fillStyle = c.paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  values.forEach((v, k) => {
    if (v === null) return;
    const [x, y] = [(k % columns) * cell, Math.floor(k / columns) * cell];
    context.fillStyle = Number.isFinite(v) ? mix(c.paper, v < 0 ? c.minus : c.plus, top ? Math.abs(v) / top : 0) : c.mark;
    context.fillRect(x, y, cell, cell);
    if (v < 0 && cell >= 5 && -v >= LEAST_DASH * top) { // the sign without colour
      const [width, height] = [Math.ceil(cell / 3), Math.max(1, Math.round(cell / 10))];
      context.fillStyle = Math.abs(v) > top / 2 ? c.paper : c.ink;
      context.fillRect(x + Math.round((cell - width) / 2), y + Math.round((cell - height) / 2), width, height);
    }
  });
  return context;
}

class Grid { // one image: a canvas that takes the arrow keys; start is where it begins in the array
  constructor(at, start, rows, columns, label, width = 170) {
    Object.assign(this, { at, start, rows, columns, cursor: 0, beside: [this] });
    const widest = Math.min(width, document.documentElement.clientWidth - 60);
    this.cell = Math.max(2, Math.min(18, Math.floor(widest / Math.max(rows, Math.min(columns, 64)))));
    this.canvas = make("canvas", {
      tabindex: "0", role: "application", width: columns * this.cell, height: rows * this.cell, class: "grid", "aria-roledescription": "image of numbers",
      "aria-label": `${label}: ${rows} rows, ${columns} columns. The arrow keys choose a number, Enter goes to how it came about.`,
    });
    this.canvas.addEventListener("click", (event) => {
      const box = this.canvas.getBoundingClientRect();
      const column = Math.min(columns - 1, Math.floor(((event.clientX - box.left) / box.width) * columns));
      const row = Math.min(rows - 1, Math.floor(((event.clientY - box.top) / box.height) * rows));
      this.move(row, column);
    });
    this.canvas.addEventListener("keydown", (event) => this.press(event));
    grids.push(this);
  }

  static together(all) { // images of one array are one stop of Tab; the arrow keys go from one to the next
    for (const grid of all) grid.beside = all;
    all.slice(1).forEach((grid) => grid.canvas.setAttribute("tabindex", "-1"));
  }

  press(event) {
    const [row, column] = [Math.floor(this.cursor / this.columns), this.cursor % this.columns];
    const isNew = !chosen || !same(chosen, here(this.at)) || chosen.flat !== this.start + this.cursor;
    const place = {
      ArrowRight: [row, column + 1], ArrowLeft: [row, column - 1], ArrowDown: [row + 1, column], ArrowUp: [row - 1, column],
      Home: [row, 0], End: [row, this.columns - 1], PageDown: [row, column + this.columns], PageUp: [row, column - this.columns],
    }[event.key];
    if (event.key === "Enter" || event.key === " ") this.move(row, column, true);
    else if (place) this.move(...(isNew && event.key.startsWith("Arrow") ? [row, column] : place));
    else return;
    event.preventDefault();
  }

  move(row, column, thenRead = false) {
    const next = this.beside[this.beside.indexOf(this) + (column >= this.columns) - (column < 0)];
    if (next && next !== this) {
      next.canvas.focus();
      next.move(row, (column + this.columns) % this.columns);
    }
    const to = row * this.columns + column;
    const isInside = row >= 0 && row < this.rows && column >= 0 && column < this.columns && this.start + to < size(shownShape(this.at));
    if (!next || next !== this || !isInside) return;
    this.cursor = to;
    this.beside.forEach((grid) => grid.canvas.setAttribute("tabindex", grid === this ? "0" : "-1"));
    choose(here({ ...this.at, flat: this.start + to }));
    if (thenRead) byId("account").focus();
  }

  draw() {
    const values = arrayAt(here(this.at));
    if (!values) return;
    const end = Math.min(this.start + this.rows * this.columns, values.length);
    const context = drawCells(this.canvas, Array.from(values.slice(this.start, end)), this.columns, this.cell, range(values));
    const own = here(this.at);
    const inside = (mark) => same(mark, own) && mark.flat >= this.start && mark.flat < end;
    context.lineWidth = 2;
    context.strokeStyle = colours().mark;
    const there = marks.filter(inside).map((mark) => mark.flat - this.start);
    if (there.length > MOST_MARKS) this.frame(context, there);
    else there.forEach((k) => this.frame(context, [k]));
    if (chosen && inside(chosen)) this.frame(context, [chosen.flat - this.start]);
  }

  frame(context, cells) { // a line around the rectangle that holds these cells
    const [rows, columns] = [cells.map((k) => Math.floor(k / this.columns)), cells.map((k) => k % this.columns)];
    const [top, left] = [Math.min(...rows), Math.min(...columns)];
    const [height, width] = [Math.max(...rows) - top + 1, Math.max(...columns) - left + 1];
    context.strokeRect(left * this.cell + 0.5, top * this.cell + 0.5, width * this.cell - 1, height * this.cell - 1);
  }
}

class Bars { // a short array: one button for each number
  constructor(at, label) {
    this.at = at;
    this.buttons = Array.from({ length: size(shownShape(at)) }, (_, flat) =>
      make("button", { type: "button", class: "cell", tabindex: flat ? "-1" : "0", onclick: () => this.move(flat), onkeydown: (event) => this.press(event, flat) }));
    const shape = shownShape(at);
    this.columns = 1;
    const isMatrix = shape.length === 2 && shape[1] <= MOST_COLUMNS;
    const columns = isMatrix ? `grid-template-columns: repeat(${shape[1]}, max-content)` : "";
    this.canvas = make("div", { class: isMatrix ? "bars matrix" : "bars", style: columns, role: "group", "aria-label": label }, ...this.buttons);
    if (isMatrix) this.columns = shape[1];
    grids.push(this);
  }

  press(event, flat) { // one stop of Tab, as an image is; the arrow keys go from one number to the next
    const to = { ArrowRight: flat + 1, ArrowLeft: flat - 1, ArrowDown: flat + this.columns, ArrowUp: flat - this.columns, Home: 0, End: this.buttons.length - 1 }[event.key];
    if (event.key === "Enter") {
      this.move(flat);
      byId("account").focus();
    } else if (this.buttons[to]) this.move(to);
    else if (to === undefined) return;
    event.preventDefault();
  }

  move(flat) {
    this.buttons.forEach((button, k) => button.setAttribute("tabindex", k === flat ? "0" : "-1"));
    this.buttons[flat].focus();
    choose(here({ ...this.at, flat }));
  }

  draw() {
    const values = arrayAt(here(this.at));
    if (!values) return;
    const top = range(values);
    const last = this.at.source === lastLayer() && !isParameter(this.at);
    this.buttons.forEach((button, k) => {
      const name = (last && data.classes[k]) || (this.at.source === "x" && data.columns[k]) || "";
      button.textContent = (name ? `${name}: ` : "") + show(values[k]);
      button.setAttribute("aria-label", `${nameOf(here({ ...this.at, flat: k }))} = ${show(values[k])}`);
      button.style.setProperty("--share", `${top ? (100 * Math.abs(values[k])) / top : 0}%`);
      button.classList.toggle("negative", values[k] < 0);
      button.classList.toggle("marked", marks.some((m) => same(m, here(this.at)) && m.flat === k));
      button.setAttribute("aria-pressed", String(Boolean(same(chosen, here(this.at)) && chosen.flat === k)));
    });
  }
}

const LEAST_DASH = 0.1; // of the largest number: below, a cell is as good as white, and dashes would hide the picture
const SHORT = 64;
const MOST_MARKS = 64;
const MOST_COLUMNS = 8;
const MOST_GRIDS = 48;

function scale(top, low = -top, high = top) { // what the colours of cells mean: of both signs, or of the one that there is
  const only = low >= 0 ? "plus" : high <= 0 ? "minus" : "";
  const ends = { plus: [0, top], minus: [-top, 0] }[only] || [-top, top];
  return make("span", { class: "key", "aria-hidden": "true" }, make("span", { text: show(ends[0]) }), make("span", { class: `ramp ${only}` }), make("span", { text: show(ends[1]) }));
}

function picture(at, label) {
  const holder = make("div", { class: "picture" });
  const owner = at.source === "x" || at.source === "loss" ? "" : `layer ${at.source}, `;
  const values = arrayAt(here(at));
  if (!values) {
    holder.append(make("p", { text: "These numbers were left out, so that the page stays small." }));
    return holder;
  }
  const shape = shownShape(at);
  const finite = Array.from(values).filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const span = finite.length ? `from ${show(low)} to ${show(high)}` : "none finite";
  const title = values.length === 1 ? label : `${label} (${shape.join(" × ")}): ${values.length} numbers, ${span}`;
  holder.append(make("p", { class: "scale", text: title }));
  let views = [];
  if (shape.length >= 3 || (shape.length === 2 && values.length > SHORT)) {
    const [rows, columns] = shape.slice(-2);
    const count = values.length / (rows * columns);
    const images = Array.from({ length: count }, (_, k) => k);
    const add = (from, to) => {
      for (const k of images.slice(from, to)) {
        const number = count > 1 ? unravel(k, shape.slice(0, -2)).join(", ") : "";
        const grid = new Grid(at, k * rows * columns, rows, columns, `${owner}${label}${number ? `, ${number}` : ""}`, shape.length === 2 ? 352 : 170);
        views.push(grid);
        holder.append(make("figure", {}, grid.canvas, make("figcaption", { text: number })));
      }
    };
    add(0, MOST_GRIDS);
    Grid.together(views);
    if (count > MOST_GRIDS) {
      const more = make("button", { type: "button", text: `show ${count - MOST_GRIDS} more`, onclick: () => { more.remove(); add(MOST_GRIDS, count); Grid.together(views); views.forEach((v) => v.draw()); } });
      holder.append(more);
    }
  } else if (values.length <= SHORT) {
    views = [new Bars(at, label)];
    holder.append(views[0].canvas);
  } else {
    const columns = Math.min(32, values.length);
    views = [new Grid(at, 0, Math.ceil(values.length / columns), columns, label, 352)];
    holder.append(views[0].canvas);
  }
  if (views[0] instanceof Grid) holder.firstChild.append(scale(range(values), low, high));
  if (isSignal(at, shape)) {
    const { lines, nodes } = signals(at, label);
    holder.firstChild.after(...nodes, make("div", { class: "wide" }));
    views.push(...lines);
  }
  views.forEach((view) => view.draw());
  return holder;
}

const MOST_CHANNELS = 8;

function windowPictures(layer, met, sample) { // for a convolution: the patch, the kernel and their products, by channel
  const [, rows, columns] = layer.how.views[2];
  const byChannel = new Map();
  const [x, weight] = [inputOf(layer, sample), parameter(layer, layer.how.weight)];
  for (const link of met) {
    const [kernel, row, column] = unravel(link.weight, layer.how.views[2]);
    const channel = unravel(link.input, layer.how.views[1])[0];
    if (!byChannel.has(channel)) byChannel.set(channel, { patch: Array(rows * columns).fill(null), kernel: Array.from(weight.slice(kernel * rows * columns, (kernel + 1) * rows * columns)) });
    byChannel.get(channel).patch[row * columns + column] = x[link.input];
  }
  const cell = Math.max(2, Math.min(16, Math.floor(80 / Math.max(rows, columns))));
  const image = (name, values, top) => {
    const canvas = make("canvas", { width: columns * cell, height: rows * cell, role: "img", "aria-label": `${name}: ${values.map((v) => (v === null ? "border" : show(v))).join(", ")}` });
    drawCells(canvas, values, columns, cell, top);
    return make("figure", {}, canvas, make("figcaption", { text: name }));
  };
  const all = [...byChannel];
  const pictures = all.slice(0, MOST_CHANNELS).map(([channel, { patch, kernel }]) => {
    const products = patch.map((v, k) => (v === null ? null : v * kernel[k]));
    return make("div", { class: "window" }, image(`channel ${channel}`, patch, range(x)), make("span", { text: "×" }), image("kernel", kernel, range(weight)),
      make("span", { text: "=" }), image("products", products, range(products)));
  });
  if (all.length > MOST_CHANNELS) pictures.push(make("p", { class: "quiet", text: `${all.length - MOST_CHANNELS} more channels: all of them are in the table.` }));
  return pictures;
}
