"use strict";
// One page, no library: the numbers stand in #data, and every account is computed here from them.

const steps = JSON.parse(document.getElementById("data").textContent);
let data = steps[steps.length - 1]; // the pass that is shown: by the trained network, or by an earlier state of it
let layers = new Map(data.layers.map((layer) => [layer.name, layer]));
const decoded = new Map();
let backward = false;
let chosen = null;
let marks = [];
const grids = [];

function numbers(array) { // {type, text} to a typed array, decoded once; null for an array that was left out
  if (!array || array.text === undefined) return null;
  if (!decoded.has(array)) {
    const bytes = Uint8Array.from(atob(array.text), (c) => c.charCodeAt(0));
    decoded.set(array, array.type === "f8" ? new Float64Array(bytes.buffer) : new Float32Array(bytes.buffer));
  }
  return decoded.get(array);
}

const shapeOf = (source) => (source === "x" ? data.x.shape : layers.get(source).shape);
const valuesOf = (source) => numbers(source === "x" ? data.x.values : layers.get(source).values);
const gradientOf = (source) => numbers(source === "x" ? data.x.gradient : layers.get(source).gradient);
const size = (shape) => shape.reduce((a, b) => a * b, 1);

function unravel(flat, shape) {
  const place = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place.unshift(flat % shape[axis]);
    flat = Math.floor(flat / shape[axis]);
  }
  return place;
}

function ravel(place, shape) {
  return place.reduce((flat, at, axis) => flat * shape[axis] + at, 0);
}

// Links: see nnfs/explain/links.py. end is 0 for the output, 1 for the input, 2 for the weight.

const column = (table, end, row) => {
  const of = table.ends[end];
  return of === "row" ? row : typeof of === "number" ? of : of[row];
};

function meeting(links, end, flat) {
  const at = unravel(flat, links.views[end]);
  let found = [{ places: [[], [], []], share: 1 }];
  links.tables.forEach((table, axis) => {
    const rows = [];
    if (table.ends[end] === "row") rows.push(at[axis]);
    else for (let row = 0; row < table.length; row++) if (column(table, end, row) === at[axis]) rows.push(row);
    found = found.flatMap((link) => rows.map((row) => ({
      places: link.places.map((place, which) => [...place, column(table, which, row)]),
      share: link.share * (typeof table.share === "number" ? table.share : table.share[row]),
    })));
  });
  return found.map((link) => ({
    output: ravel(link.places[0], links.views[0]),
    input: ravel(link.places[1], links.views[1]),
    weight: ravel(link.places[2], links.views[2]),
    share: link.share,
  }));
}

const factor = (name, value, at) => ({ name, value, at }); // at: {source, what, flat}, where the number stands
const term = (factors, counts = true) => ({ factors, counts });
const product = (one) => one.factors.reduce((p, f) => p * f.value, 1);
const total = (account) => account.terms.filter((t) => t.counts).reduce((s, t) => s + product(t), 0);

class LeftOut extends Error {}

function need(array, what) {
  if (!array) throw new LeftOut(`${what} was left out, so that the page stays small.`);
  return array;
}

const parameter = (layer, name) => need(numbers(layer.parameters[name].values), `${name} of layer ${layer.name}`);
const inputOf = (layer) => need(valuesOf(layer.source), `the input of layer ${layer.name}`);
const outputGradient = (layer) => need(numbers(layer.gradient), `the gradient of layer ${layer.name}`);

function inputFactor(layer, links, flat) {
  const at = { source: layer.source, what: "values", flat };
  const x = inputOf(layer)[flat];
  if (!links.shift) return factor("x", x, at);
  return factor("(x − mean)", x - links.shift[unravel(flat, links.views[1])[0]], at);
}

function largest(layer, candidates) {
  const x = inputOf(layer);
  let best = candidates[0];
  for (const each of candidates) {
    if (Number.isNaN(x[best.input])) break;
    if (Number.isNaN(x[each.input]) || x[each.input] > x[best.input]) best = each;
  }
  return best.input;
}

function group(layer, flat) { // the numbers that layer normalization takes together
  const x = inputOf(layer);
  const length = layer.how.size;
  const first = flat - (flat % length);
  const part = Array.from(x.slice(first, first + length));
  const mean = part.reduce((a, b) => a + b, 0) / length;
  const variance = part.reduce((a, b) => a + (b - mean) ** 2, 0) / length;
  const scale = 1 / Math.sqrt(variance + layer.how.epsilon);
  return { first, length, mean, variance, scale, z: part.map((v) => (v - mean) * scale) };
}

function forward(name, flat) {
  const layer = layers.get(name);
  const how = layer.how;
  if (how.kind === "unknown") throw new LeftOut("This layer is not one of nnfs; its file knows what it computes.");
  if (how.kind === "sum" || how.kind === "parts") {
    let at = flat;
    let ends = how.ends;
    if (how.kind === "parts") {
      let k = 0;
      while (at >= size(shapeOf(ends[k].source))) at -= size(shapeOf(ends[k++].source));
      ends = [ends[k]];
    }
    return { terms: ends.map((end) => term([factor(end.name, valuesOf(end.source)[at], { source: end.source, what: "values", flat: at })])) };
  }
  if (how.kind === "softmax") {
    const x = Array.from(inputOf(layer));
    const top = Math.max(...x);
    const exps = x.map((v) => Math.exp(v - top));
    const sum = exps.reduce((a, b) => a + b, 0);
    const at = (k) => ({ source: layer.source, what: "values", flat: k });
    return {
      steps: [factor("largest", top), ...exps.map((e, k) => factor(`exp(x[${k}] − largest)`, e, at(k))), factor("sum of all exp", sum)],
      terms: [term([factor("exp(x − largest)", exps[flat], at(flat)), factor("1 / sum of all exp", 1 / sum)])],
    };
  }
  if (how.kind === "layernorm") {
    const g = group(layer, flat);
    const k = flat - g.first;
    return {
      steps: [factor("mean", g.mean), factor("variance", g.variance), factor("scale = 1 / √(variance + epsilon)", g.scale)],
      terms: [
        term([factor("weight", parameter(layer, "weight")[k], { source: name, what: "weight", flat: k }),
          factor("(x − mean)", inputOf(layer)[flat] - g.mean, { source: layer.source, what: "values", flat }), factor("scale", g.scale)]),
        term([factor("bias", parameter(layer, "bias")[k], { source: name, what: "bias", flat: k })]),
      ],
    };
  }
  const links = how;
  const met = meeting(links, 0, flat);
  if (links.only === "function") {
    return {
      steps: [inputFactor(layer, links, met[0].input)],
      terms: [term([factor("f(x)", numbers(layer.values)[flat])])],
    };
  }
  const best = links.only === "largest" ? largest(layer, met) : null;
  const terms = met.map((link) => {
    const factors = [inputFactor(layer, links, link.input)];
    if (links.weight) factors.unshift(factor("weight", parameter(layer, links.weight)[link.weight], { source: name, what: links.weight, flat: link.weight }));
    if (link.share !== 1) factors.push(factor("share", link.share));
    return term(factors, best === null || best === link.input);
  });
  if (links.bias) {
    const channel = unravel(flat, links.views[0])[0];
    terms.push(term([factor("bias", parameter(layer, links.bias)[channel], { source: name, what: links.bias, flat: channel })]));
  }
  return { terms };
}

function gradientFactor(layer, flat) {
  return factor("dy", outputGradient(layer)[flat], { source: layer.name, what: "gradient", flat });
}

function backwardOfInput(name, flat) { // the gradient of a number of a layer's input, as that layer gives it back
  const layer = layers.get(name);
  const how = layer.how;
  if (how.kind === "unknown") throw new LeftOut("This layer is not one of nnfs; its file knows what it computes.");
  if (how.kind === "sum" || how.kind === "parts") {
    let first = 0;
    const terms = how.ends.map((end) => {
      const at = how.kind === "parts" ? first + flat : flat;
      first += size(shapeOf(end.source));
      if (!end.first) return term([gradientFactor(layer, at)]);
      const inner = layers.get(end.first);
      return term([factor(`dx of layer ${inner.name}`, need(numbers(inner.dx), "dx")[flat], { source: inner.name, what: "dx", flat })]);
    });
    return { terms };
  }
  if (how.kind === "softmax") {
    const y = numbers(layer.values);
    return { terms: Array.from(y, (v, k) => term([gradientFactor(layer, k), factor("dy/dx = y (same − y)", v * ((k === flat ? 1 : 0) - y[flat]))])) };
  }
  if (how.kind === "layernorm") {
    const g = group(layer, flat);
    const at = flat - g.first;
    return {
      terms: g.z.map((z, k) => term([gradientFactor(layer, g.first + k),
        factor("weight", parameter(layer, "weight")[k], { source: name, what: "weight", flat: k }),
        factor("dz/dx", g.scale * ((k === at ? 1 : 0) - (1 + z * g.z[at]) / g.length))])),
    };
  }
  const links = how;
  const terms = meeting(links, 1, flat).map((link) => {
    const factors = [gradientFactor(layer, link.output)];
    if (links.weight) factors.push(factor("weight", parameter(layer, links.weight)[link.weight], { source: name, what: links.weight, flat: link.weight }));
    if (links.only === "function") factors.push(factor("f′(x)", need(numbers(layer.slope), "f′(x)")[flat]));
    if (link.share !== 1) factors.push(factor("share", link.share));
    return term(factors, links.only !== "largest" || largest(layer, meeting(links, 0, link.output)) === flat);
  });
  return { terms };
}

function backwardOfParameter(name, of, flat) { // over all places at which the layer stands
  const terms = layers.get(name).places.flatMap((place) => termsOfParameter(layers.get(place), of, flat));
  return { terms };
}

function termsOfParameter(layer, of, flat) {
  const how = layer.how;
  if (how.kind === "layernorm") {
    const terms = [];
    for (let first = 0; first < size(layer.shape); first += how.size) {
      const factors = [gradientFactor(layer, first + flat)];
      if (of === "weight") factors.push(factor("z", group(layer, first).z[flat]));
      terms.push(term(factors));
    }
    return terms;
  }
  if (how.kind === "unknown") throw new LeftOut("This layer is not one of nnfs; its file knows what it computes.");
  if (of === how.bias) {
    const length = size(layer.shape) / how.views[0][0];
    return Array.from({ length }, (_, k) => term([gradientFactor(layer, flat * length + k)]));
  }
  return meeting(how, 2, flat).map((link) => {
    const factors = [gradientFactor(layer, link.output), inputFactor(layer, how, link.input)];
    if (link.share !== 1) factors.push(factor("share", link.share));
    return term(factors);
  });
}

// What one place holds, and how it came about. what: "values", "gradient", "dx", or the name of a parameter.

function isParameter(at) {
  return !["values", "gradient", "dx"].includes(at.what.replace(/ gradient$/, ""));
}

function arrayAt(at) {
  if (at.what === "values") return valuesOf(at.source);
  if (at.what === "gradient") return gradientOf(at.source);
  const layer = layers.get(at.source);
  if (at.what === "dx") return numbers(layer.dx);
  const of = layer.parameters[at.what.replace(/ gradient$/, "")];
  return numbers(at.what.endsWith(" gradient") ? of.gradient : of.values);
}

function accountAt(at) {
  if (at.what === "values") return at.source === "x" ? { note: "It is the sample: nothing computed it." } : forward(at.source, at.flat);
  if (at.what.endsWith(" gradient")) return backwardOfParameter(at.source, at.what.replace(/ gradient$/, ""), at.flat);
  if (at.what === "dx") return backwardOfInput(at.source, at.flat);
  if (at.what !== "gradient") return { note: "It is a parameter: training has set it." };
  const next = at.source === "x" ? data.x.next : layers.get(at.source).next;
  if (next === null) return { note: "The loss gives this gradient by its formula.", formula: data.loss.formula };
  if (next.of === "input") return backwardOfInput(next.layer, at.flat);
  // The last layer of a list within another layer: that layer's own gradient, at the place where its numbers went.
  return { terms: [term([gradientFactor(layers.get(next.layer), at.flat + next.offset)])] };
}

// Drawing

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
  const text = value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5) ? value.toExponential(3) : String(Number(value.toPrecision(5)));
  return text.replace(/-/g, "−");
};

const shownShape = (at) => {
  if (isParameter(at)) return layers.get(at.source).parameters[at.what.replace(/ gradient$/, "")].shape;
  return at.what === "dx" ? shapeOf(layers.get(at.source).source) : shapeOf(at.source);
};

function nameOf(at) {
  const place = `[${unravel(at.flat, shownShape(at)).join(", ")}]`;
  const owner = at.source === "x" ? "" : `layer ${at.source}, `;
  const names = { values: at.source === "x" ? "input x" : "output y", gradient: `gradient of ${at.source === "x" ? "input x" : "output y"}`, dx: "gradient of its input, dx" };
  const what = names[at.what] || (at.what.endsWith(" gradient") ? `gradient of ${at.what.slice(0, -9)}` : at.what);
  const column = at.source === "x" && data.columns[at.flat] ? ` “${data.columns[at.flat]}”` : "";
  const last = at.source === data.layers[data.layers.length - 1].name && data.classes[at.flat] && !isParameter(at);
  return `${owner}${what}${place}${column}${last ? ` “${data.classes[at.flat]}”` : ""}`;
}

const same = (a, b) => a && b && a.source === b.source && a.what === b.what;

function colours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(["paper", "plus", "minus", "ink", "mark"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

function mix(a, b, t) {
  const parse = (c) => [1, 3, 5].map((k) => parseInt(c.slice(k, k + 2), 16));
  const [x, y] = [parse(a), parse(b)];
  return `rgb(${x.map((v, k) => Math.round(v + (y[k] - v) * t)).join(",")})`;
}

class Grid { // one image: a canvas that takes the arrow keys; start is where it begins in the array
  constructor(at, start, rows, columns, label, width = 170) {
    Object.assign(this, { at, start, rows, columns, cursor: 0 });
    const widest = Math.min(width, document.documentElement.clientWidth - 60);
    this.cell = Math.max(2, Math.min(18, Math.floor(widest / Math.max(rows, Math.min(columns, 64)))));
    this.canvas = make("canvas", {
      tabindex: "0", role: "img", width: columns * this.cell, height: rows * this.cell, class: "grid",
      "aria-label": `${label}: ${rows} rows, ${columns} columns. The arrow keys choose a number.`,
    });
    this.canvas.addEventListener("click", (event) => {
      const box = this.canvas.getBoundingClientRect();
      const column = Math.min(columns - 1, Math.floor(((event.clientX - box.left) / box.width) * columns));
      const row = Math.min(rows - 1, Math.floor(((event.clientY - box.top) / box.height) * rows));
      this.move(row * columns + column);
    });
    this.canvas.addEventListener("focus", () => { if (this.canvas.matches(":focus-visible")) this.move(this.cursor); });
    this.canvas.addEventListener("keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
      if (!(event.key in steps)) return;
      event.preventDefault();
      const to = this.cursor + steps[event.key];
      if (to >= 0 && to < rows * columns && this.start + to < size(shownShape(at))) this.move(to);
    });
    grids.push(this);
  }

  move(to) {
    if (this.start + to >= size(shownShape(this.at))) return;
    this.cursor = to;
    choose({ ...this.at, flat: this.start + to });
  }

  draw() {
    const values = arrayAt(this.at);
    const context = this.canvas.getContext("2d");
    const c = colours();
    const end = Math.min(this.start + this.rows * this.columns, values.length);
    let top = 0;
    for (const v of values) if (Number.isFinite(v)) top = Math.max(top, Math.abs(v));
    context.fillStyle = c.paper;
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    for (let k = this.start; k < end; k++) {
      const x = ((k - this.start) % this.columns) * this.cell;
      const y = Math.floor((k - this.start) / this.columns) * this.cell;
      const v = values[k];
      context.fillStyle = Number.isFinite(v) ? mix(c.paper, v < 0 ? c.minus : c.plus, top ? Math.abs(v) / top : 0) : c.mark;
      context.fillRect(x, y, this.cell, this.cell);
      if (v < 0 && this.cell >= 7) { // the sign without colour
        context.fillStyle = c.ink;
        context.fillRect(x + this.cell / 2 - 1.5, y + this.cell / 2 - 0.5, 3, 1);
      }
    }
    context.lineWidth = 2;
    context.strokeStyle = c.mark;
    for (const mark of chosen ? [chosen, ...marks] : marks) {
      if (!same(mark, this.at) || mark.flat < this.start || mark.flat >= end) continue;
      const k = mark.flat - this.start;
      context.strokeRect((k % this.columns) * this.cell + 0.5, Math.floor(k / this.columns) * this.cell + 0.5, this.cell - 1, this.cell - 1);
    }
  }
}

class Bars { // a short array: one button for each number
  constructor(at, label) {
    this.at = at;
    const shape = shownShape(at);
    this.buttons = Array.from({ length: size(shape) }, (_, flat) =>
      make("button", { type: "button", class: "cell", onclick: () => choose({ ...at, flat }) }));
    this.canvas = make("div", { class: "bars", role: "group", "aria-label": label }, ...this.buttons);
    grids.push(this);
  }

  draw() {
    const values = arrayAt(this.at);
    let top = 0;
    for (const v of values) if (Number.isFinite(v)) top = Math.max(top, Math.abs(v));
    const last = this.at.source === data.layers[data.layers.length - 1].name && !isParameter(this.at);
    this.buttons.forEach((button, k) => {
      const name = (last && data.classes[k]) || (this.at.source === "x" && data.columns[k]) || "";
      button.textContent = (name ? `${name}: ` : "") + show(values[k]);
      button.style.setProperty("--share", `${top ? (100 * Math.abs(values[k])) / top : 0}%`);
      button.classList.toggle("negative", values[k] < 0);
      button.classList.toggle("marked", marks.some((m) => same(m, this.at) && m.flat === k));
      button.setAttribute("aria-pressed", String(Boolean(same(chosen, this.at) && chosen.flat === k)));
    });
  }
}

const SHORT = 64;
const MOST_GRIDS = 48;

function picture(at, label) {
  const holder = make("div", { class: "picture" });
  const values = arrayAt(at);
  if (!values) {
    holder.append(make("p", { text: "These numbers were left out, so that the page stays small." }));
    return holder;
  }
  const shape = shownShape(at);
  const finite = Array.from(values).filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  holder.append(make("p", { class: "scale", text: `${label} (${shape.join(" × ")}): ${values.length} numbers, ${finite.length ? `from ${show(low)} to ${show(high)}` : "none finite"}` }));
  let views = [];
  if (shape.length >= 3 || (shape.length === 2 && values.length > SHORT)) {
    const [rows, columns] = shape.slice(-2);
    const count = values.length / (rows * columns);
    const images = Array.from({ length: count }, (_, k) => k);
    const add = (from, to) => {
      for (const k of images.slice(from, to)) {
        const grid = new Grid(at, k * rows * columns, rows, columns, `${label}${count > 1 ? `, ${unravel(k, shape.slice(0, -2)).join(", ")}` : ""}`);
        views.push(grid);
        holder.append(make("figure", {}, grid.canvas, make("figcaption", { text: count > 1 ? unravel(k, shape.slice(0, -2)).join(", ") : "" })));
      }
    };
    add(0, MOST_GRIDS);
    if (count > MOST_GRIDS) {
      const more = make("button", { type: "button", text: `show ${count - MOST_GRIDS} more`, onclick: () => { more.remove(); add(MOST_GRIDS, count); views.forEach((v) => v.draw()); } });
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
  views.forEach((view) => view.draw());
  return holder;
}

function drawAll() {
  for (let k = grids.length - 1; k >= 0; k--) if (!grids[k].canvas.isConnected) grids.splice(k, 1);
  grids.forEach((grid) => grid.draw());
}

function choose(at) {
  chosen = at;
  marks = [];
  const panel = document.getElementById("account");
  const value = arrayAt(at) ? arrayAt(at)[at.flat] : NaN;
  panel.replaceChildren(make("h2", { text: `${nameOf(at)} = ${show(value)}` }));
  const isGradient = at.what === "dx" || at.what.endsWith("gradient");
  const difference = data.differences[`${at.source}|${at.what}|${at.flat}`];
  if (difference !== undefined) panel.append(make("p", { text: `Finite difference, for comparison: ${show(Number(difference))}` }));
  else if (isGradient) panel.append(make("p", { class: "quiet", text: "For this number no finite difference was computed." }));
  try {
    const account = accountAt(at);
    if (account.terms) panel.append(make("p", { text: inWords(at, account) }));
    if (account.note) panel.append(make("p", { text: account.note }));
    if (account.formula) panel.append(make("pre", { text: account.formula }));
    if (account.steps) panel.append(make("ul", {}, ...account.steps.slice(0, 60).map((s) => make("li", {}, shownFactor(s)))));
    if (account.terms) panel.append(termsTable(account));
    marks = (account.terms || []).flatMap((t) => t.factors).map((f) => f.at).filter(Boolean);
  } catch (error) {
    if (!(error instanceof LeftOut)) throw error;
    panel.append(make("p", { text: error.message }));
  }
  drawAll();
}

function inWords(at, account) {
  const several = account.terms.length > 1;
  if (at.what === "values") {
    if (account.terms.some((t) => !t.counts)) return "It is the largest of these numbers; the others do not count.";
    if (account.terms[0].factors[0].name === "f(x)") return "It is a function of one number; the formula of the layer tells which.";
    return several ? "It is the sum of these products." : "It is made of these factors.";
  }
  const zeros = account.terms.filter((t) => t.counts && product(t) === 0).length;
  const dead = zeros > 1 ? ` ${zeros} of the ${account.terms.length} products are 0.` : "";
  if (isParameter(at)) return `Chain rule: wherever this ${at.what.replace(/ gradient$/, "")} was used, the gradient at the result (dy), times how fast the result grows with it.${dead}`;
  return `Chain rule: for each number that this one goes into, the gradient there (dy), times how fast that number grows with this one.${dead}`;
}

function shownFactor(f) {
  const text = `${f.name}${f.at && f.at.what !== undefined ? `[${unravel(f.at.flat, shownShape(f.at)).join(", ")}]` : ""} ${show(f.value)}`;
  if (!f.at || !arrayAt(f.at)) return make("span", { text });
  return make("button", { type: "button", class: "link", text, onclick: () => go(f.at) });
}

function go(at) {
  const isGradient = at.what === "dx" || at.what.endsWith("gradient");
  if (isGradient !== backward && !isParameter(at) && at.what !== "dx") setBackward(isGradient);
  choose(at);
  const section = document.getElementById(`layer-${at.source}`);
  if (section) section.scrollIntoView({ block: "nearest" });
}

const MOST_ROWS = 150;

function termsTable(account) {
  const rows = account.terms.slice(0, MOST_ROWS).map((t) => make("tr", { class: t.counts ? "" : "beaten" },
    make("td", {}, ...t.factors.flatMap((f, k) => (k ? [" × ", shownFactor(f)] : [shownFactor(f)]))),
    make("td", { class: "number", text: t.counts ? show(product(t)) : "smaller" })));
  const rest = account.terms.slice(MOST_ROWS);
  if (rest.length) rows.push(make("tr", {}, make("td", { text: `${rest.length} more terms, together` }), make("td", { class: "number", text: show(total({ terms: rest })) })));
  rows.push(make("tr", { class: "sum" }, make("th", { scope: "row", text: "sum" }), make("td", { class: "number", text: show(total(account)) })));
  return make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col", text: "terms" }), make("th", { scope: "col", text: "product" }))), make("tbody", {}, ...rows));
}

function details(title, fill) {
  const node = make("details", {}, make("summary", { text: title }));
  node.addEventListener("toggle", () => { if (node.open && node.children.length === 1) node.append(...fill()); });
  return node;
}

function section(layer) {
  const node = make("section", { id: `layer-${layer.name}`, "aria-labelledby": `title-${layer.name}` });
  node.append(make("h2", { id: `title-${layer.name}`, text: `${layer.name}  ${layer.text}` }));
  node.append(details("formula", () => [make("pre", { text: layer.formula }), make("p", { class: "quiet", text: layer.file })]));
  for (const name of Object.keys(layer.parameters)) {
    const what = backward ? `${name} gradient` : name;
    node.append(details(backward ? `gradient of ${name}` : name, () => [picture({ source: layer.name, what }, backward ? `gradient of ${name}` : name)]));
  }
  node.append(picture({ source: layer.name, what: backward ? "gradient" : "values" }, backward ? "gradient of the loss at the output" : "output"));
  return node;
}

function plane() { // what the network says at each point around a sample of two numbers
  const { low, high, at, size: side, isNumber, answers } = data.plane;
  const cell = 6;
  const c = colours();
  const [least, most] = [Math.min(...answers), Math.max(...answers)];
  const name = (answer) => (isNumber ? show(answer) : data.classes[answer] || `class ${answer}`);
  const canvas = make("canvas", { width: side * cell, height: side * cell, role: "img", "aria-label": `What the network says around the sample: ${[...new Set(answers)].slice(0, 10).map(name).join(", ")}` });
  const context = canvas.getContext("2d");
  answers.forEach((answer, k) => {
    context.fillStyle = mix(c.paper, answer < 0 ? c.minus : c.plus, most > least ? (0.7 * (answer - least)) / (most - least) : 0);
    context.fillRect((k % side) * cell, Math.floor(k / side) * cell, cell, cell);
  });
  context.fillStyle = c.ink;
  context.font = "11px sans-serif";
  for (let row = 5; row < side; row += 10) {
    for (let column = 4; column < side; column += 10) context.fillText(isNumber ? show(Number(answers[row * side + column].toPrecision(2))) : String(answers[row * side + column]), column * cell, row * cell);
  }
  const [x, y] = [0, 1].map((axis) => ((at[axis] - low[axis]) / (high[axis] - low[axis])) * (side - 1) * cell + cell / 2);
  context.strokeStyle = c.mark;
  context.lineWidth = 2;
  context.strokeRect(x - 4, side * cell - y - 4, 8, 8);
  const axes = [0, 1].map((axis) => `${data.columns[axis] || `x[${axis}]`} from ${show(low[axis])} to ${show(high[axis])}`);
  const meaning = isNumber ? "the output" : `the class${data.classes.length ? `: ${data.classes.map((n, k) => `${k} ${n}`).join(", ")}` : ""}`;
  return make("figure", { id: "plane" }, canvas, make("figcaption", { text: `What the network says around the sample (the square); to the right ${axes[0]}, upward ${axes[1]}. Written in it is ${meaning}.` }));
}

function draw() {
  grids.length = 0;
  const main = document.getElementById("layers");
  const open = [...main.querySelectorAll("details")].map((node) => node.open);
  const input = make("section", { id: "layer-x" }, make("h2", { text: "input x" }), picture({ source: "x", what: backward ? "gradient" : "values" }, backward ? "gradient of the loss at the input" : "the sample"));
  if (data.plane) input.append(plane());
  main.replaceChildren(input, ...data.layers.map(section));
  main.querySelectorAll("details").forEach((node, k) => { node.open = open[k] || false; });
}

function setBackward(on) {
  backward = on;
  const button = document.getElementById("backward");
  button.setAttribute("aria-pressed", String(on));
  button.textContent = on ? "Show numbers (forward)" : "Show gradients (backward)";
  draw();
}

function setStep(number) {
  data = steps[number];
  layers = new Map(data.layers.map((layer) => [layer.name, layer]));
  document.getElementById("title").textContent = data.title;
  describe();
  draw();
  if (chosen) choose(chosen);
}

function describe() {
  document.getElementById("about").textContent = data.about;
  const loss = document.getElementById("loss");
  loss.replaceChildren();
  if (data.loss) loss.append(make("p", { text: `Loss ${show(Number(data.loss.value))}, ${data.loss.text}` }), details("formula of the loss", () => [make("pre", { text: data.loss.formula })]));
  else document.getElementById("backward").hidden = true;
  if (data.leftOut.length) loss.append(make("p", { role: "note", text: `Left out, so that the page stays small: ${data.leftOut.join("; ")}.` }));
}

function start() {
  document.getElementById("backward").addEventListener("click", () => setBackward(!backward));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  const slider = document.getElementById("step");
  slider.max = String(steps.length - 1);
  slider.value = slider.max;
  slider.addEventListener("input", () => setStep(Number(slider.value)));
  document.getElementById("steps").hidden = steps.length === 1;
  setStep(steps.length - 1);
}

start();
window.nnfs = { get data() { return data; }, product, total, accountAt, arrayAt, size, shownShape }; // for tests, and for the curious
