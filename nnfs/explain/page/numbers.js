"use strict";
// The numbers of the page: which pass and which sample are shown, and what stands where.

const page = JSON.parse(document.getElementById("data").textContent);
let data = page.steps[page.steps.length - 1]; // one pass: of the trained network, or of an earlier state of it
let layers = new Map(data.layers.map((layer) => [layer.name, layer]));
let shown = 0; // which sample of the batch
let memory; // all arrays, one behind the other

async function unpack() {
  const bytes = Uint8Array.from(atob(page.numbers), (c) => c.charCodeAt(0));
  memory = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}

function numbers(array) { // {type, start, length} to a typed array; null for an array that was left out
  if (!array || array.start === undefined) return null;
  return new (array.type === "f8" ? Float64Array : Float32Array)(memory, array.start, array.length);
}

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

// A place is {source, what, flat, sample}. source: "x", the name of a layer, or "loss". what: "values" and "gradient" of
// what the source gives, "dx", the gradient of its input, or the name of a parameter, which has no sample.

const holder = (source) => (source === "x" ? data.x : layers.get(source));
const isParameter = (at) => !["values", "gradient", "dx"].includes(at.what.replace(/ gradient$/, ""));
const isGradient = (at) => at.what === "dx" || at.what.endsWith("gradient");
const shapeOf = (source) => (source === "loss" ? [1] : holder(source).shape);

function arrayAt(at) {
  const sample = at.sample === undefined ? shown : at.sample;
  if (at.source === "loss") return lossAccount(sample) && [Number(lossAccount(sample).value.value)];
  if (!isParameter(at)) return numbers(holder(at.source)[at.what][sample]);
  const of = layers.get(at.source).parameters[at.what.replace(/ gradient$/, "")];
  return numbers(isGradient(at) ? of.gradient : of.values);
}

function shownShape(at) {
  if (isParameter(at)) return layers.get(at.source).parameters[at.what.replace(/ gradient$/, "")].shape;
  return at.what === "dx" ? shapeOf(layers.get(at.source).source) : shapeOf(at.source);
}

const lossAccount = (sample) => data.loss && data.loss.accounts && data.loss.accounts[sample];
const lastLayer = () => data.layers.filter((layer) => !layer.name.includes(".")).pop().name;

function nameOf(at) {
  if (at.source === "loss") return `loss of ${data.samples[at.sample]}`;
  const place = `[${unravel(at.flat, shownShape(at)).join(", ")}]`;
  const owner = at.source === "x" ? "" : `layer ${at.source}, `;
  const end = at.source === "x" ? "input x" : "output y";
  const names = { values: end, gradient: `gradient of ${end}`, dx: "gradient of its input, dx" };
  const what = names[at.what] || (isGradient(at) ? `gradient of ${at.what.slice(0, -9)}` : at.what);
  const column = at.source === "x" && data.columns[at.flat] ? ` “${data.columns[at.flat]}”` : "";
  const className = at.source === lastLayer() && !isParameter(at) && data.classes[at.flat];
  return `${owner}${what}${place}${column}${className ? ` “${className}”` : ""}`;
}

// Links, see nnfs/explain/links.py: which numbers meet. end is 0 for the output, 1 for the input, 2 for the weight.

const column = (table, end, row) => {
  const of = table.ends[end];
  return of === "row" ? row : typeof of === "number" ? of : of[row];
};

function meeting(links, end, flat) {
  const at = unravel(flat, links.views[end]);
  let found = [{ places: [[], [], []], share: 1 }];
  links.tables.forEach((table, axis) => {
    const rows = [];
    if (table.ends[end] === "row") rows.push(...(at[axis] < table.length ? [at[axis]] : [])); // a number at the end that no window sees has none
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
