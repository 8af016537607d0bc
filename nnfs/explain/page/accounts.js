// Accounts: how one number came about. Each is {terms, steps, note, formula}; a term is a product of factors, and the
// number is the sum of all terms that count; an equation says the same in one line. A factor knows the place where its number stands, where there is one.

const factor = (name, value, at, text) => ({ name, value, at, text }); // text is what is written instead of the others
const term = (factors, beaten = "") => ({ factors, beaten, counts: !beaten }); // beaten: why it does not count
const product = (one) => one.factors.reduce((p, f) => p * f.value, 1);
const total = (account) => account.terms.filter((t) => t.counts).reduce((s, t) => s + product(t), 0);

class LeftOut extends Error {}

function need(array, what) {
  if (!array) throw new LeftOut(`${what} was left out, so that the page stays small.`);
  return array;
}

const parameter = (layer, name) => need(numbers(layer.parameters[name].values), `${name} of layer ${layer.name}`);
const inputOf = (layer, sample) => need(arrayAt({ source: layer.source, what: "values", sample }), `the input of layer ${layer.name}`);
const weightFactor = (layer, name, flat) => factor(name, parameter(layer, name)[flat], { source: layer.name, what: name, flat });

function gradientFactor(layer, flat, sample, isNamed = false) { // isNamed: of which sample, where several meet
  const at = { source: layer.name, what: "gradient", flat, sample };
  const name = isNamed ? `dy of ${data.samples[sample]}: dy` : "dy";
  return factor(name, need(arrayAt(at), `the gradient of layer ${layer.name}`)[flat], at);
}

function inputFactor(layer, flat, sample) {
  const at = { source: layer.source, what: "values", flat, sample };
  const x = inputOf(layer, sample)[flat];
  if (!layer.how.shift) return factor("x", x, at);
  return lessMean(x, layer.how.shift[unravel(flat, layer.how.views[1])[0]], at);
}

function lessMean(x, mean, at) {
  const place = unravel(at.flat, shownShape(at)).join(", ");
  return factor("(x − mean)", x - mean, at, `(x[${place}] ${signed(x)} − mean ${signed(mean)})`);
}

function shareFactors(layer, share, flat, sample) { // what a number counts: a share of a mean, or what dropout multiplied by
  const scale = numbers(layer.scale[sample]);
  if (scale) return scale[flat] === 1 ? [] : [factor("kept", scale[flat], undefined, scale[flat] ? `${show(scale[flat])} (kept: 1 / (1 − rate))` : "0 (dropped)")];
  if (share === 1) return [];
  return [layer.how.epsilon ? factor("scale", share) : factor("share", share, undefined, layer.how.shift && `1 / ${show(1 / share)}`)];
}

const scaleStep = (scale) => factor("scale = 1 / √(variance + epsilon)", scale);

function measuredSteps(layer, link) { // what batch normalization has measured in training, and takes when it is over
  const channel = unravel(link.input, layer.how.views[1])[0];
  return [factor("mean, as training has measured it", layer.how.shift[channel]),
    factor("variance, as training has measured it", 1 / link.share ** 2 - layer.how.epsilon), scaleStep(link.share)];
}

function beatenBy(layer, candidates, flat, sample) { // why a pool does not keep a number; "" for the first of the largest, NaN before all
  const x = inputOf(layer, sample);
  let best = candidates[0];
  for (const each of candidates) {
    if (Number.isNaN(x[best.input])) break;
    if (Number.isNaN(x[each.input]) || x[each.input] > x[best.input]) best = each;
  }
  if (best.input === flat) return "";
  return Number.isNaN(x[best.input]) ? "behind NaN" : x[flat] === x[best.input] ? "equal, not the first" : "smaller";
}

// What is normalized together: a row or a group of channels of one sample, or in training a channel of the whole batch.

function group(layer, flat, sample) {
  const how = layer.how;
  const count = size(layer.shape);
  let places;
  if (how.over === "rows") {
    const first = flat - (flat % how.size);
    places = Array.from({ length: how.size }, (_, k) => ({ flat: first + k, sample, weight: k }));
  } else if (how.over === "groups") {
    const length = count / how.groups;
    const first = flat - (flat % length);
    places = Array.from({ length }, (_, k) => ({ flat: first + k, sample, weight: Math.floor((first + k) / (count / how.size)) }));
  } else {
    const length = count / how.size;
    const channel = Math.floor(flat / length);
    places = data.samples.flatMap((_, n) => Array.from({ length }, (__, k) => ({ flat: channel * length + k, sample: n, weight: channel })));
  }
  const x = places.map((place) => inputOf(layer, place.sample)[place.flat]);
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length;
  const scale = 1 / Math.sqrt(variance + how.epsilon);
  const at = places.findIndex((place) => place.flat === flat && place.sample === sample);
  return { places, mean, variance, scale, at, z: x.map((v) => (v - mean) * scale) };
}

const groupSteps = (g) => [factor(`mean of ${g.places.length} numbers`, g.mean), factor("variance", g.variance), scaleStep(g.scale)];

function ofNobodyElse(how) {
  if (how.kind === "unknown") throw new LeftOut("How this layer computes its numbers stands in its file.");
}

// A gate scales its input by what its layers give: numbers for which that has one place share it.

const gatePlace = (layer, flat) => ravel(unravel(flat, layer.shape).map((at, axis) => (layer.how.shape[axis] === 1 ? 0 : at)), layer.how.shape);

function gateFactor(layer, flat, sample) {
  const at = { source: layer.how.gate, what: "values", flat: gatePlace(layer, flat), sample };
  return factor("body(x)", need(arrayAt(at), "the gate")[at.flat], at);
}

function forward(name, flat, sample) {
  const layer = layers.get(name);
  const how = layer.how;
  ofNobodyElse(how);
  if (how.kind === "sum" || how.kind === "parts") {
    let at = flat;
    let ends = how.ends;
    if (how.kind === "parts") {
      let k = 0;
      while (at >= size(shapeOf(ends[k].source))) at -= size(shapeOf(ends[k++].source));
      ends = [ends[k]];
    }
    const places = ends.map((end) => ({ source: end.source, what: "values", flat: at, sample }));
    return { terms: places.map((place, k) => term([factor(ends[k].name, need(arrayAt(place), "a part")[at], place)])) };
  }
  if (how.kind === "gate") return { terms: [term([inputFactor(layer, flat, sample), gateFactor(layer, flat, sample)])] };
  if (how.kind === "softmax") {
    const x = Array.from(inputOf(layer, sample));
    const top = Math.max(...x);
    const exps = x.map((v) => Math.exp(v - top));
    const sum = exps.reduce((a, b) => a + b, 0);
    const at = (k) => ({ source: layer.source, what: "values", flat: k, sample });
    const parts = [inputFactor(layer, flat, sample), factor("−largest", -top), factor("−log(sum of all exp)", -Math.log(sum))];
    return {
      steps: [factor("largest", top), ...exps.map((e, k) => factor("exp(x − largest)", e, at(k))), factor("sum of all exp", sum)],
      terms: how.log ? parts.map((part) => term([part])) : [term([factor("exp(x − largest)", exps[flat], at(flat)), factor("1 / sum of all exp", 1 / sum)])],
    };
  }
  if (how.kind === "normalized") {
    const g = group(layer, flat, sample);
    const k = g.places[g.at].weight;
    const x = { source: layer.source, what: "values", flat, sample };
    return {
      steps: groupSteps(g),
      terms: [
        term([weightFactor(layer, "weight", k), lessMean(inputOf(layer, sample)[flat], g.mean, x), factor("scale", g.scale)]),
        term([weightFactor(layer, "bias", k)]),
      ],
    };
  }
  const met = meeting(how, 0, flat);
  if (how.only === "function") {
    const x = inputFactor(layer, met[0].input, sample);
    const y = need(numbers(layer.values[sample]), "its output")[flat];
    return { steps: [x], terms: [term([factor(`${layer.type}(x)`, y)])], equation: `${layer.type}(${show(x.value)}) = ${show(y)}` };
  }
  const terms = met.map((link) => {
    const factors = [inputFactor(layer, link.input, sample), ...shareFactors(layer, link.share, link.input, sample)];
    if (how.weight) factors.unshift(weightFactor(layer, how.weight, link.weight));
    return term(factors, how.only === "largest" ? beatenBy(layer, met, link.input, sample) : "");
  });
  if (how.bias) terms.push(term([weightFactor(layer, how.bias, unravel(flat, how.views[0])[0] % size(layer.parameters[how.bias].shape))]));
  const steps = how.epsilon && measuredSteps(layer, met[0]);
  return { terms, steps, met: how.weight && how.views[2].length === 3 ? met : null };
}

function slopeFactor(layer, flat, sample) {
  const at = { source: layer.source, what: "values", flat, sample };
  const slope = need(numbers(layer.slope[sample]), "the slope")[flat];
  const x = arrayAt(at);
  return factor("slope", slope, at, `(slope of ${layer.type} at x${x ? ` = ${show(x[flat])}` : ""}: ${show(slope)})`);
}

function backwardOfInput(name, flat, sample) { // the gradient of a number of a layer's input, as that layer gives it back
  const layer = layers.get(name);
  const how = layer.how;
  ofNobodyElse(how);
  if (how.kind === "sum" || how.kind === "parts") {
    let first = 0;
    const terms = how.ends.map((end) => {
      const at = how.kind === "parts" ? first + flat : flat;
      first += size(shapeOf(end.source));
      if (!end.first) return term([gradientFactor(layer, at, sample)]);
      const inner = { source: end.first, what: "dx", flat, sample };
      return term([factor(`dx of layer ${end.first}`, need(arrayAt(inner), "dx")[flat], inner)]);
    });
    return { terms };
  }
  if (how.kind === "gate") {
    const inner = { source: how.first, what: "dx", flat, sample };
    return { terms: [term([gradientFactor(layer, flat, sample), gateFactor(layer, flat, sample)]),
      term([factor(`dx of layer ${how.first}`, need(arrayAt(inner), "dx")[flat], inner)])] };
  }
  if (how.kind === "softmax") {
    const y = numbers(layer.values[sample]);
    if (how.log) {
      const p = Math.exp(y[flat]);
      const one = (k) => (k === flat ? 1 : 0);
      return { terms: Array.from(y, (_, k) => term([gradientFactor(layer, k, sample), factor("dy/dx", one(k) - p, undefined, `(${one(k)} − p[${flat}] ${show(p)})`)])) };
    }
    const own = `y[${flat}] ${show(y[flat])}`;
    const slope = (v, k) => (k === flat ? factor("dy/dx", v * (1 - v), undefined, `(${own} × (1 − ${own}))`)
      : factor("dy/dx", -v * y[flat], undefined, `(−y[${k}] ${show(v)} × ${own})`));
    return { terms: Array.from(y, (v, k) => term([gradientFactor(layer, k, sample), slope(v, k)])) };
  }
  if (how.kind === "normalized") {
    const g = group(layer, flat, sample);
    const isNamed = how.over === "batch" && data.samples.length > 1;
    const slope = (k) => {
      const own = k === g.at ? 1 : 0;
      const text = `(dz/dx: scale ${show(g.scale)} × (${own} − (1 + ${signed(g.z[k])} × ${signed(g.z[g.at])}) / ${g.places.length}))`;
      return factor("dz/dx", g.scale * (own - (1 + g.z[k] * g.z[g.at]) / g.places.length), undefined, text);
    };
    return {
      steps: [...groupSteps(g), factor("z = (x − mean) × scale, at this number", g.z[g.at])],
      note: "Moving this number moves mean and variance too, and so each z that is computed with them: dz/dx = scale × (1 for its own z, 0 for another − (1 + that z × its own z) / how many numbers).",
      terms: g.places.map((place, k) => term([gradientFactor(layer, place.flat, place.sample, isNamed), weightFactor(layer, "weight", place.weight), slope(k)])),
    };
  }
  const terms = meeting(how, 1, flat).map((link) => {
    const factors = [gradientFactor(layer, link.output, sample)];
    if (how.weight) factors.push(weightFactor(layer, how.weight, link.weight));
    if (how.only === "function") factors.push(slopeFactor(layer, flat, sample));
    factors.push(...shareFactors(layer, link.share, flat, sample));
    const why = how.only === "largest" ? beatenBy(layer, meeting(how, 0, link.output), flat, sample) : "";
    return term(factors, why && `x ${show(inputOf(layer, sample)[flat])} was ${why}`);
  });
  return { terms };
}

function backwardOfParameter(name, of, flat) { // over all samples, and all places at which the layer stands
  const places = layers.get(name).places.map((place) => layers.get(place));
  const batch = data.samples.map((_, sample) => places.flatMap((layer) => termsOfParameter(layer, of, flat, sample)));
  return { terms: batch.flat(), batch };
}

function termsOfParameter(layer, of, flat, sample) {
  const how = layer.how;
  const count = size(layer.shape);
  ofNobodyElse(how);
  if (how.kind === "normalized") {
    const length = how.over === "rows" ? how.size : count / how.size;
    const own = how.over === "rows" ? Array.from({ length: count / length }, (_, row) => row * length + flat) : Array.from({ length }, (_, k) => flat * length + k);
    const whole = of === "weight" && how.over !== "rows" ? group(layer, own[0], sample) : null;
    return own.map((place) => {
      const factors = [gradientFactor(layer, place, sample)];
      if (of === "weight") {
        const g = whole || group(layer, place, sample);
        const z = g.z[g.places.findIndex((other) => other.flat === place && other.sample === sample)];
        const at = { source: layer.source, what: "values", flat: place, sample };
        factors.push(factor("z", z, at, `z (${lessMean(inputOf(layer, sample)[place], g.mean, at).text} × scale ${show(g.scale)})`));
      }
      return term(factors);
    });
  }
  if (of === how.bias) {
    const [channels, length] = [size(layer.parameters[of].shape), count / how.views[0][0]];
    return Array.from({ length: count / channels }, (_, k) =>
      term([gradientFactor(layer, (flat + Math.floor(k / length) * channels) * length + (k % length), sample)]));
  }
  return meeting(how, 2, flat).map((link) => term([gradientFactor(layer, link.output, sample), inputFactor(layer, link.input, sample),
    ...shareFactors(layer, link.share, link.input, sample)]));
}

function ofLoss(account, sample) { // an account that the library made; its factors stand in the network's output
  const source = lastLayer();
  const read = ([name, value, flat, text]) => factor(name, Number(value), flat === null ? undefined : { source, what: "values", flat, sample }, text.replace(/-/g, "−"));
  return { steps: account.steps.map(read), terms: account.terms.map((factors) => term(factors.map(read))), formula: data.loss.formula };
}

function accountAt(at) {
  const sample = at.sample === undefined ? shown : at.sample;
  if (at.source === "loss") return ofLoss(lossAccount(sample).value, sample);
  if (at.what === "values") return at.source === "x" ? { note: "It is the sample: nothing computed it." } : forward(at.source, at.flat, sample);
  if (at.what === "dx") return backwardOfInput(at.source, at.flat, sample);
  if (isParameter(at)) {
    if (!isGradient(at)) return { note: "It is a parameter: training has set it." };
    return backwardOfParameter(at.source, at.what.replace(/ gradient$/, ""), at.flat);
  }
  const next = holder(at.source).next;
  if (next.layer === "loss") {
    const known = lossAccount(sample);
    return known ? ofLoss(known.gradients[at.flat], sample) : { note: "The loss gives this gradient by its formula.", formula: data.loss.formula };
  }
  if (next.of === "input") return backwardOfInput(next.layer, at.flat, sample);
  // The last layer of a list within another layer: that layer's own gradient, at the place where its numbers went.
  const outer = layers.get(next.layer);
  ofNobodyElse(outer.how);
  if (outer.how.kind === "gate") {
    const scaled = Array.from({ length: size(outer.shape) }, (_, flat) => flat).filter((flat) => gatePlace(outer, flat) === at.flat);
    return { terms: scaled.map((flat) => term([gradientFactor(outer, flat, sample), inputFactor(outer, flat, sample)])) };
  }
  return { terms: [term([gradientFactor(outer, at.flat + next.offset, sample)])] };
}
