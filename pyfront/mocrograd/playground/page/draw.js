// The canvas: strokes of a pen, or of the keyboard, go to the server, which says what the network takes them for.

import { ask } from "./main.js";

const find = (id) => document.getElementById(id);
const element = find("canvas");
const context = element.getContext("2d");
const LEAST = 0.008; // how far the pen moves, of the canvas, before there is another point
const STRIDE = 1 / 24; // how far an arrow moves it

let strokes = [];
let pen = null; // where the keyboard's pen is
let down = false;
let asking = false;
let stale = false;

for (let digit = 0; digit < 10; digit++) {
  const row = document.createElement("li");
  row.innerHTML = `<b>${digit}</b><div class="bar"><i></i></div><span></span>`;
  find("shares").append(row);
}

function paint() {
  const size = element.width;
  const style = getComputedStyle(element);
  context.clearRect(0, 0, size, size);
  context.lineWidth = size * 0.085;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = style.color;
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(stroke[0][0] * size, stroke[0][1] * size);
    for (const [x, y] of stroke.length > 1 ? stroke : [stroke[0], stroke[0]]) context.lineTo(x * size, y * size);
    context.stroke();
  }
  if (pen && document.activeElement === element) {
    context.beginPath();
    context.lineWidth = 3;
    context.strokeStyle = style.outlineColor;
    context.arc(pen[0] * size, pen[1] * size, down ? 9 : 16, 0, 7);
    context.stroke();
  }
}

/** Ask what the drawing is; while an answer is under way, the next question waits and is the newest. */
async function read() {
  paint();
  stale = true;
  if (asking) return;
  asking = true;
  while (stale) {
    stale = false;
    const answer = await ask("draw", { strokes });
    if (answer) showReading(answer);
  }
  asking = false;
}

export function showReading(reading) {
  if (!reading) return;
  const best = reading.shares.indexOf(Math.max(...reading.shares));
  for (const [digit, row] of [...find("shares").children].entries()) {
    const share = reading.shares[digit] ?? 0;
    row.className = digit === best && reading.shares.length ? "best" : "";
    row.querySelector("i").style.width = `${100 * share}%`;
    row.querySelector("span").textContent = reading.shares.length ? `${Math.round(100 * share)} %` : "";
  }
  find("seen").innerHTML = reading.seen;
}

const clamp = (value) => Math.min(Math.max(value, 0), 1);

function point(event) {
  const box = element.getBoundingClientRect();
  return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)].map(
    (value) => Math.round(value * 1000) / 1000,
  );
}

function extend(to) {
  const stroke = strokes[strokes.length - 1];
  const last = stroke[stroke.length - 1];
  if (Math.hypot(to[0] - last[0], to[1] - last[1]) < LEAST) return;
  stroke.push(to);
  read();
}

element.addEventListener("pointerdown", (event) => {
  element.setPointerCapture(event.pointerId);
  pen = null;
  down = true;
  strokes.push([point(event)]);
  read();
});
element.addEventListener("pointermove", (event) => {
  if (!down || pen) return;
  const between = event.getCoalescedEvents?.() ?? [];
  for (const part of between.length ? between : [event]) extend(point(part));
});
for (const name of ["pointerup", "pointercancel"]) element.addEventListener(name, () => (down = false));

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

element.addEventListener("keydown", (event) => {
  if (event.key in MOVES) {
    const [x, y] = MOVES[event.key];
    pen ??= [0.5, 0.5];
    pen = [clamp(pen[0] + x * STRIDE), clamp(pen[1] + y * STRIDE)];
    if (down) extend([...pen]);
  } else if (event.key === " ") {
    pen ??= [0.5, 0.5];
    down = !down;
    if (down) {
      strokes.push([[...pen]]);
      read();
    }
  } else if (event.key === "Delete" || event.key === "Backspace") {
    clear();
  } else {
    return;
  }
  event.preventDefault();
  paint();
});
element.addEventListener("focus", paint);
element.addEventListener("blur", () => {
  down = false;
  paint();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);

function clear() {
  strokes = [];
  down = false;
  showReading({ shares: [], seen: "" });
  read();
}

find("clear").addEventListener("click", clear);

export const canvas = {
  /** Forget the drawing, of which a new network knows nothing. */
  clear() {
    strokes = [];
    down = false;
    showReading({ shares: [], seen: "" });
    paint();
  },
};
