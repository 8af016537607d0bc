// The page: what is chosen, what is shown of it, and the switches.

let backward = false;
let chosen = null;
let marks = [];
const trail = []; // the numbers from which links led on
const grids = [];
const byId = (id) => document.getElementById(id);

function choose(at) {
  chosen = at;
  marks = [];
  const panel = byId("account");
  const value = arrayAt(at) ? arrayAt(at)[at.flat] : NaN;
  byId("said").textContent = `${nameOf(at)} = ${show(value)}`;
  panel.replaceChildren(make("h2", { text: `${nameOf(at)} = ${show(value)}` }), ...wayBack());
  if (isGradient(at)) panel.append(difference(at));
  try {
    const account = accountAt(at);
    if (account.terms) panel.append(make("p", { text: inWords(at, account) }));
    if (account.note) panel.append(make("p", { text: account.note }));
    if (account.formula) panel.append(formulaText(account.formula));
    if (account.met) panel.append(...windowPictures(layers.get(at.source), account.met, at.sample));
    if (account.steps) panel.append(make("ul", {}, ...account.steps.slice(0, 60).map((s) => make("li", {}, shownFactor(s)))));
    if (account.equation) panel.append(make("p", { class: "sum", text: account.equation }));
    else if (account.batch && account.batch.length > 1) panel.append(batchTable(account));
    else if (isCopy(account)) panel.append(make("p", {}, shownFactor(account.terms[0].factors[0])));
    else if (account.terms) panel.append(termsTable(account.terms, account.terms.some((t) => !t.counts) && at.what === "values" ? "largest" : account.terms.length === 1 ? "product" : "sum"));
    marks = (account.terms || []).flatMap((t) => t.factors).map((f) => f.at).filter(Boolean);
  } catch (error) {
    if (!(error instanceof LeftOut)) throw error;
    panel.append(make("p", { text: error.message }));
  }
  drawAll();
}

function wayBack() {
  if (!trail.length) return [];
  const back = trail[trail.length - 1];
  return [make("button", { type: "button", class: "link", text: `← ${nameOf(back)}`, onclick: () => { trail.pop(); showAt(back); } })];
}

function difference(at) { // the finite difference of a gradient, or why there is none, where the nearest one is, and how to get it
  if (at.what === "dx") return make("p", { class: "quiet", text: "It is the part of a gradient that comes back through this layer; finite differences are those of whole gradients." });
  const found = data.differences[`${at.source}|${at.what}|${at.flat}`];
  const ofAll = isParameter(at) || at.sample === 0;
  if (found !== undefined && ofAll) return compared(found.map(Number), arrayAt(at)[at.flat]);
  const start = `${at.source}|${at.what}|`;
  const others = Object.keys(data.differences).filter((key) => key.startsWith(start)).map((key) => Number(key.slice(start.length)));
  const why = "A finite difference takes two passes of the whole network, so that the page has few of them.";
  const how = make("p", { class: "quiet" }, "In Python, that of this number is ", make("code", { text: differenceInPython(at) }));
  if (!others.length) return make("div", {}, make("p", { class: "quiet", text: why }), how);
  const nearest = others.reduce((a, b) => (Math.abs(b - at.flat) < Math.abs(a - at.flat) ? b : a));
  const there = { ...at, flat: nearest, sample: isParameter(at) ? undefined : 0 };
  const link = make("button", { type: "button", class: "link", text: nameOf(there), onclick: () => go(there) });
  return make("div", {}, make("p", { class: "quiet" }, `${why} The nearest is `, link, ofAll ? "." : `, in ${data.samples[0]}.`), how);
}

function differenceInPython(at) {
  const place = unravel(at.flat, shownShape(at));
  const index = place.length === 1 ? place[0] : `(${place.join(", ")})`;
  const of = isParameter(at) ? `, of="${at.what.replace(/ gradient$/, "")}"` : "";
  const sample = isParameter(at) || !at.sample ? "" : `, sample=${at.sample}`;
  return `net.explain(x, y${page.training ? ", training=True" : ""}).finite_difference(${at.source === "x" ? "None" : `"${at.source}"`}, ${index}${of}${sample})`;
}

function roundedInFloat32() { // why a gradient of float32 and a finite difference of float64 are apart
  const top = range(need(arrayAt({ source: lastLayer(), what: "gradient", sample: shown }), "the gradient of the output"));
  const share = 100 * 6e-8 / (top * data.samples.length);
  const start = data.answers && share > 1e-3 ? ` Here the largest gradient at the outputs is ${show(top)}, a difference of numbers near 1, which float32 rounds by up to 6e−8: by ${Number(share.toPrecision(1))} % of it. The surer a network is, the more that is, and it grows on the way back: several times as much is still rounding.` : "";
  return `The gradient is computed in float32, which keeps 7 digits, the finite difference in float64. A small difference of large numbers has fewer right digits.${start} A network of dtype="float64" agrees.`;
}

function compared([found, above, below], gradient) { // a finite difference beside its gradient; at a kink, the slopes to both sides
  const what = make("p", { class: "quiet", text: "It is measured: how much the loss changes when this number is moved a little to both sides, divided by how far. It should be the gradient." });
  const isRounded = data.x.values[0].type === "f4" && !isEqual(found, gradient) && Number.isFinite(found - gradient);
  const rounding = isRounded ? [make("p", { class: "quiet", text: roundedInFloat32() })] : [];
  if (above === undefined) return make("div", {}, make("p", { text: `Finite difference, for comparison: ${show(found)} (${apart(found, gradient)})` }), what, ...rounding);
  const close = (slope) => Math.abs(slope - gradient) <= 0.02 * Math.max(Math.abs(above), Math.abs(below));
  const side = close(above) ? "The gradient is the slope from above." : close(below) ? "The gradient is the slope from below." : "The gradient follows one side of each tie.";
  return make("div", {}, make("p", { text: `Finite difference, for comparison: here is a kink. From above the slope is ${show(above)}, from below ${show(below)}. ${side}` }),
    make("p", { class: "quiet", text: "A kink is where a max pool has two equal largest numbers, or a ReLU is at 0, so that a small move up has another effect than one down. There the gradient takes the first of equal numbers, and 0 for the slope of a ReLU at 0." }));
}

const isEqual = (a, b) => Math.abs(a - b) < Math.max(1e-8, 1e-4 * Math.max(Math.abs(a), Math.abs(b)));

function apart(difference, gradient) {
  const largest = Math.max(Math.abs(difference), Math.abs(gradient));
  if (!Number.isFinite(largest)) return "not finite";
  const share = (100 * Math.abs(difference - gradient)) / largest;
  return isEqual(difference, gradient) ? "equal but for rounding" : `${Number(share.toPrecision(1))} % apart`;
}

function places(shape) { // what the places of an array mean
  return { 1: "", 2: "; places are [row, column], from 0", 3: "; places are [channel, row, column], from 0" }[shape.length] || "";
}

function whose(account) { // at the output of which layers dy stands
  const found = new Set(account.terms.flatMap((t) => t.factors).filter((f) => f.at && f.at.what === "gradient").map((f) => f.at.source));
  return found.size ? ` Here dy is the gradient at the output of layer ${[...found].join(" and ")}.` : "";
}

const isCopy = (account) => Boolean(account.terms) && account.terms.length === 1 && account.terms[0].counts && account.terms[0].factors.length === 1;

function inWords(at, account) {
  const count = data.samples.length;
  if (at.source === "loss") return count > 1 ? `It is the sum of these terms; the loss of the batch is the mean over its ${count} samples.` : "It is the sum of these terms.";
  if (at.what === "values") {
    const source = layers.get(at.source).source;
    const x = ` Here x is ${source === "x" ? "the sample" : `the output of layer ${source}`}${places(shapeOf(source))}.`;
    if (account.terms.some((t) => !t.counts)) return `It is the largest of these numbers; the others do not count.${x}`;
    if (account.equation) return `It is a function of the one number in its place.${x}`;
    const bias = account.terms[account.terms.length - 1].factors[0].name === "bias" ? " and the bias" : "";
    const isSum = account.terms.every((t) => t.factors.length === 1);
    const what = isCopy(account) ? "It is this number, unchanged." : account.terms.length === 1 ? "It is the product of these numbers."
      : isSum ? "It is the sum of these numbers." : `It is the sum of these products${bias}.`;
    return what + (isSum ? "" : x);
  }
  const zeros = account.terms.filter((t) => t.counts && product(t) === 0).length;
  const dead = zeros > 1 ? ` ${zeros} of the ${account.terms.length} products are 0.` : "";
  if (isParameter(at)) return `Chain rule: wherever this ${at.what.replace(/ gradient$/, "")} was used, the gradient at the result (dy), times how fast the result grows with it.${dead}${whose(account)}`;
  if (account.formula) return "The derivative of the loss by this output; the loss comes next.";
  if (isCopy(account)) return `Chain rule: this number goes on unchanged, and so its gradient is the one there.${whose(account)}`;
  return `Chain rule: for each number that this one goes into, the gradient there (dy), times how fast that number grows with this one.${dead}${whose(account)}`;
}

function shownFactor(f) {
  const text = f.text || `${f.name}${f.at ? `[${unravel(f.at.flat, shownShape(f.at)).join(", ")}]` : ""} ${signed(f.value)}`;
  if (!f.at || !arrayAt(f.at)) return make("span", { text });
  return make("button", { type: "button", class: "link", text, onclick: () => go(f.at) });
}

function go(at) { // follow a link: the way back is remembered, and the account takes the focus from the link that is gone
  if (chosen) trail.push(chosen);
  showAt(at);
}

function showAt(at) {
  if (at.sample !== undefined && at.sample !== shown) setSample(at.sample);
  if (isGradient(at) !== backward && at.source !== "loss") setBackward(isGradient(at));
  const section = byId(`layer-${at.source}`);
  const own = section && section.querySelector(`details[data-what="${CSS.escape(at.what)}"]`);
  if (own) {
    own.fill();
    own.open = true;
  }
  choose(at);
  if (section) section.scrollIntoView({ block: "nearest" });
  byId("account").focus({ preventScroll: true });
}

const MOST_ROWS = 150;
const FEW_ZEROS = 3;

function table(head, rows) {
  return make("table", {}, make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col", text })))), make("tbody", {}, ...rows));
}

function row(name, value, kind = "") {
  return make("tr", { class: kind }, make("th", { scope: "row", text: name }), make("td", { class: "number", text: show(value) }));
}

function termsTable(terms, name) { // the sum first, then its terms: all but those that are 0, if these are many
  const zeros = terms.filter((t) => t.counts && product(t) === 0);
  const isLong = zeros.length > FEW_ZEROS;
  const others = isLong ? terms.filter((t) => !t.counts || product(t) !== 0) : terms;
  const line = (t) => make("tr", { class: t.counts ? "" : "beaten" },
    make("td", {}, ...t.factors.flatMap((f, k) => (k ? [" × ", shownFactor(f)] : [shownFactor(f)]))),
    make("td", { class: "number", text: t.counts ? show(product(t)) : t.beaten }));
  const rows = [row(name, total({ terms }), "sum"), ...others.slice(0, MOST_ROWS).map(line)];
  const rest = others.slice(MOST_ROWS);
  if (rest.length) {
    const more = row(`${rest.length} more terms, together`, total({ terms: rest }));
    more.firstChild.append(" ", make("button", { type: "button", class: "link", text: "show them", onclick: () => more.replaceWith(...rest.map(line)) }));
    rows.push(more);
  }
  if (isLong) rows.push(row(`${zeros.length} terms in which a factor is 0`, 0));
  const isPlain = terms.every((t) => t.factors.length === 1);
  return table(name === "largest" ? ["numbers", ""] : isPlain ? ["numbers", "value"] : ["terms", "product"], rows);
}

function batchTable(account) { // a gradient of a parameter: a sum for each sample of the batch, and that of the shown one in full
  const sums = account.batch.map((terms, n) => row(`${data.samples[n]}: ${terms.length} terms`, total({ terms })));
  return make("div", {}, make("p", { text: "The sum over the batch:" }), table(["sample", "sum"], [...sums, row("sum", total(account), "sum")]),
    make("p", { text: `Of these, ${data.samples[shown]}:` }), termsTable(account.batch[shown], "its sum"));
}

function formulaText(text) { // without the marks of a docstring; equations, which are indented, keep their lines
  const blocks = text.replace(/`+/g, "").split("\n\n");
  return make("div", {}, ...blocks.map((block) => (block.startsWith("    ") ? equations(block.replace(/^ {4}/gm, "")) : make("p", { class: "quiet", text: block }))));
}

function equations(text) { // a line that is too long goes on below, further in
  const line = (one) => {
    const node = make("span", { text: one });
    node.style.setProperty("--in", `${one.search(/\S/) + 4}ch`);
    return node;
  };
  return make("pre", { class: "equations" }, ...text.split("\n").map(line));
}

function details(title, fill, what = "") {
  const node = make("details", { "data-what": what }, make("summary", { text: title }));
  node.fill = () => { if (node.children.length === 1) node.append(...fill()); };
  node.firstChild.addEventListener("click", node.fill); // at once; the event toggle comes some time after a click
  node.addEventListener("toggle", node.fill);
  return node;
}

function section(name, title, ...children) {
  return make("section", { id: `layer-${name}`, "aria-labelledby": `title-${name}` }, make("h2", { id: `title-${name}`, text: title }), ...children.filter(Boolean));
}

function layerSection(layer) {
  const source = page.sources[layer.type][0];
  const link = source ? make("a", { href: `#source-${layer.type}`, text: source.file }) : make("span", {});
  const formula = details("formula", () => [formulaText(layer.formula), make("p", { class: "quiet" }, link)]);
  const parameters = Object.keys(layer.parameters).map((name) => {
    const what = backward ? `${name} gradient` : name;
    const label = backward ? `gradient of ${name}` : name;
    return details(label, () => [picture({ source: layer.name, what }, label)], what);
  });
  const output = picture({ source: layer.name, what: backward ? "gradient" : "values" }, backward ? "gradient of the loss at the output" : "output");
  return section(layer.name, `${layer.name}  ${layer.text}`, formula, ...parameters, output);
}

function lossSection() {
  const batch = data.samples.length > 1 ? `, the mean of these ${data.samples.length} samples` : "";
  const mean = make("p", { text: `Loss ${show(Number(data.loss.value))}${batch}, ${data.loss.text}` });
  const answer = data.answers && make("p", { text: data.answers[shown] });
  const formula = details("formula", () => [formulaText(data.loss.formula)]);
  const own = data.loss.accounts && picture({ source: "loss", what: "values" }, `loss of ${data.samples[shown]}`);
  return section("loss", "loss", answer, mean, formula, own);
}

function sources() { // the code that computes the layers, where the links of their formulas lead
  const parts = Object.entries(page.sources).filter(([, pieces]) => pieces.length).map(([type, pieces]) => {
    const node = details(`${type}: ${pieces.map((piece) => piece.file).join(", ")}`, () => pieces.map((piece) => make("pre", { text: `${piece.file}\n\n${piece.text}` })));
    node.id = `source-${type}`;
    return node;
  });
  byId("sources").replaceChildren(make("h2", { text: "The code that computed these numbers" }), ...parts);
  addEventListener("hashchange", () => { const node = document.querySelector(`details[id="${CSS.escape(location.hash.slice(1))}"]`); if (node) { node.fill(); node.open = true; } });
}

function lossInWords() { // the loss of the sample that is shown; of several, their mean too
  if (!data.loss) return [];
  const [own, count] = [lossAccount(shown), data.samples.length];
  const button = (text) => make("button", { type: "button", class: "link", text, onclick: () => byId("layer-loss").scrollIntoView() });
  if (count === 1) return [button(`Loss ${show(Number(data.loss.value))}`)];
  const mean = `${show(Number(data.loss.value))}`;
  return own ? [button(`Loss of this sample ${show(Number(own.value.value))}`), `; the mean of all ${count} samples is ${mean}`] : [button(`Loss of all ${count} samples, their mean, ${mean}`)];
}

function draw() {
  byId("about").textContent = `${page.about}${data.samples.length > 1 ? `; shown is ${data.samples[shown]}` : ""}`;
  byId("answer").replaceChildren(...[data.answers && `${data.answers[shown]} `, ...lossInWords()].filter(Boolean));
  grids.length = 0;
  const main = byId("layers");
  const opened = new Set([...document.querySelectorAll("section details")].map((node, k) => (node.open ? k : -1)));
  const input = section("x", "input x", picture({ source: "x", what: backward ? "gradient" : "values" }, backward ? "gradient of the loss at the input" : data.samples[shown]), data.plane && plane());
  byId("left").replaceChildren(input);
  main.replaceChildren(...data.layers.map(layerSection), ...(data.loss ? [lossSection()] : []));
  document.querySelectorAll("section details").forEach((node, k) => { if (opened.has(k)) { node.fill(); node.open = true; } });
}

function drawAll() {
  for (let k = grids.length - 1; k >= 0; k--) if (!grids[k].canvas.isConnected) grids.splice(k, 1);
  grids.forEach((grid) => grid.draw());
}

function setBackward(on) {
  backward = on;
  byId("backward").setAttribute("aria-pressed", String(on));
  byId("backward").textContent = on ? "Show numbers (forward)" : "Show gradients (backward)";
  draw();
  if (chosen && chosen.source !== "loss" && isGradient(chosen) !== on) choose(counterpart(chosen));
}

function counterpart(at) { // the gradient of a number, or the number of a gradient
  if (at.what === "dx") return { ...at, source: layers.get(at.source).source, what: "values" };
  if (!isParameter(at)) return { ...at, what: isGradient(at) ? "values" : "gradient" };
  return { ...at, what: isGradient(at) ? at.what.replace(/ gradient$/, "") : `${at.what} gradient` };
}

function setSample(number) {
  shown = number;
  byId("sample").value = String(number);
  draw();
  if (chosen) choose(chosen.source === "loss" || !isParameter(chosen) ? { ...chosen, sample: shown } : chosen);
}

function setStep(number) {
  data = page.steps[number];
  layers = new Map(data.layers.map((layer) => [layer.name, layer]));
  byId("title").textContent = data.title;
  byId("step").setAttribute("aria-valuetext", data.title);
  byId("backward").hidden = !data.loss;
  byId("switches").hidden = !data.loss && page.steps.length === 1 && data.samples.length === 1;
  const loss = data.samples.length === 1 ? "Loss and gradients are those of this one sample." : `The loss is the mean over these ${data.samples.length} samples, and each gradient is one of that mean.`;
  byId("notes").replaceChildren(...(data.loss ? [make("p", { class: "quiet", text: loss })] : []), ...(data.leftOut.length ? [make("p", { role: "note", text: `Left out, so that the page stays small: ${data.leftOut.join("; ")}.` })] : []));
  draw();
  if (chosen) choose(chosen);
}

function focusChosen() { // back from the account to the number that it is about
  const grid = grids.find((each) => same(chosen, here(each.at)) && (!(each instanceof Grid) || (chosen.flat >= each.start && chosen.flat < each.start + each.rows * each.columns)));
  if (grid) (grid.buttons ? grid.buttons[chosen.flat] : grid.canvas).focus();
}

function start() {
  byId("backward").addEventListener("click", () => setBackward(!backward));
  new ResizeObserver(([{ target }]) => document.documentElement.style.setProperty("--bar", `${target.offsetHeight}px`)).observe(byId("switches"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  const slider = byId("step");
  slider.max = String(page.steps.length - 1);
  slider.value = slider.max;
  slider.addEventListener("input", () => setStep(Number(slider.value)));
  byId("steps").hidden = page.steps.length === 1;
  byId("sample").append(...data.samples.map((text, k) => make("option", { value: String(k), text })));
  byId("sample").addEventListener("change", (event) => setSample(Number(event.target.value)));
  byId("samples").hidden = data.samples.length === 1;
  addEventListener("keydown", (event) => { if (event.key === "Escape" && chosen) focusChosen(); });
  sources();
  setStep(page.steps.length - 1);
  document.documentElement.dataset.drawn = "yes"; // for tests: what stood in the file is on the screen
}

unpack().then(start);
window.nnfs = { get data() { return data; }, product, total, accountAt, arrayAt, size, shownShape }; // for tests, and for the curious
