// Signals: an array (channels, length) as a line for each channel; the image beside it takes the arrow keys.

const MOST_LINES = 8;
const SHORTEST = 8; // a signal of fewer numbers is read as bars
const LINE = { width: 352, height: 70, margin: 3 };

const isSignal = (at, shape) => !isParameter(at) && shape.length === 2 && shape[1] >= SHORTEST;

class Signal { // one channel; start is where it begins in the array
  constructor(at, start, length, label) {
    Object.assign(this, { at, start, length });
    this.canvas = make("canvas", { role: "img", "aria-label": `${label}: ${length} numbers as a line; the numbers below take the arrow keys`, width: LINE.width, height: LINE.height });
    this.canvas.addEventListener("click", (event) => {
      const box = this.canvas.getBoundingClientRect();
      const along = ((event.clientX - box.left) / box.width) * LINE.width - LINE.margin;
      const k = Math.round((along / (LINE.width - 2 * LINE.margin)) * (length - 1));
      choose(here({ ...this.at, flat: start + Math.max(0, Math.min(length - 1, k)) }));
    });
    grids.push(this);
  }

  draw() {
    const all = arrayAt(here(this.at));
    if (!all) return;
    const finite = Array.from(all).filter(Number.isFinite);
    const [low, high] = [Math.min(0, ...finite), Math.max(0, ...finite)]; // of all channels, so that lines compare
    const c = colours();
    const context = this.canvas.getContext("2d");
    const across = (k) => LINE.margin + (k / (this.length - 1)) * (LINE.width - 2 * LINE.margin);
    const up = (v) => LINE.margin + ((high - v) / (high - low || 1)) * (LINE.height - 2 * LINE.margin);
    context.fillStyle = c.paper;
    context.fillRect(0, 0, LINE.width, LINE.height);
    context.setLineDash([2, 3]);
    this.stroke(context, c.ink, 1, [[0, up(0)], [LINE.width, up(0)]]);
    context.setLineDash([]);
    const values = Array.from(all.slice(this.start, this.start + this.length));
    this.stroke(context, c.plus, 2, values.map((v, k) => (Number.isFinite(v) ? [across(k), up(v)] : null)));
    const own = here(this.at);
    const dots = [...marks, chosen].filter((mark) => mark && same(mark, own) && mark.flat >= this.start && mark.flat < this.start + this.length);
    context.strokeStyle = c.mark;
    context.lineWidth = 2;
    for (const { flat } of dots) {
      context.beginPath();
      context.arc(across(flat - this.start), up(all[flat]), 4, 0, 7);
      context.stroke();
    }
  }

  stroke(context, colour, width, points) { // a point that is null leaves a gap
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    points.forEach((point, k) => { if (point) context[points[k - 1] ? "lineTo" : "moveTo"](...point); });
    context.stroke();
  }
}

function signals(at, label) { // the lines of the first channels
  const [channels, length] = shownShape(at);
  const number = (k) => (channels > 1 ? `${label}, ${k}` : label);
  const all = Array.from({ length: Math.min(channels, MOST_LINES) }, (_, k) => new Signal(at, k * length, length, number(k)));
  const rest = channels > MOST_LINES ? [make("p", { class: "quiet", text: `${channels - MOST_LINES} more channels: all of them are rows of the image.` })] : [];
  return { lines: all, nodes: [...all.map((line, k) => make("figure", {}, line.canvas, make("figcaption", { text: channels > 1 ? `channel ${k}` : "" }))), ...rest] };
}
