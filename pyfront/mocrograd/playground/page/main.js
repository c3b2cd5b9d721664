// The page of the playground: choices go to the server, states come from it.

import { canvas, showReading } from "./draw.js";
import { showKernels } from "./kernels.js";

const find = (id) => document.getElementById(id);
const form = find("choices");
const field = (name) => form.elements[name];
const buttons = ["run", "step", "reset"].map(find);
const MOST_BYTES = 1 << 20;
const ABOUT = {
  original: "Scalar loops on one thread: the definition, to read.",
  fixed: "Vector code, always shared by as many workers.",
  dynamic: "Vector code; each call takes as many workers as pay.",
};
const PACE = ["rate", "kernels", "workers", "speed"];

let session = null;
let table = null; // the text of the visitor's CSV file
let running = false;

/** Show a sentence that says what went wrong; "" for none. */
export function fault(sentence) {
  find("fault").textContent = sentence && sentence[0].toUpperCase() + sentence.slice(1) + (/[.!?]$/.test(sentence) ? "" : ".");
  find("fault").hidden = !sentence;
}

/** Ask the server for something; null where it was refused, which the page then says. */
export async function ask(name, request = {}) {
  let answer;
  try {
    const response = await fetch(name, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ session, ...request }),
    });
    answer = await response.json();
  } catch {
    answer = { error: "the playground does not answer any more" };
  }
  if (answer.error) {
    fault(answer.error);
    return null;
  }
  return answer;
}

function choices() {
  const chosen = { csv: table };
  for (const name of ["data", "activation", "optimizer", "kernels", "speed"]) chosen[name] = field(name).value;
  for (const name of ["layers", "width", "batch", "rate", "workers"]) {
    chosen[name] = field(name).value === "" ? null : Number(field(name).value);
  }
  return chosen;
}

async function reset() {
  if (session === null) return;
  const chosen = choices();
  if (chosen.data === "csv" && table === null) {
    fault("");
    find("status").textContent = "Choose a CSV file.";
    field("file").focus();
    return;
  }
  fault("");
  if (await ask("reset", chosen)) {
    find("status").textContent = "A new network is ready.";
    canvas.clear();
  }
}

async function pace() {
  fault("");
  await ask("pace", choices());
}

async function readFile() {
  const file = field("file").files[0];
  if (!file) return;
  if (file.size > MOST_BYTES) {
    table = null;
    fault(`the CSV file has ${Math.ceil(file.size / 1024).toLocaleString("en")} KiB, more than ${MOST_BYTES / 1024}`);
    return;
  }
  try {
    table = await file.text();
  } catch {
    fault("the CSV file cannot be read");
    return;
  }
  await reset();
}

function arrange() {
  find("file").hidden = field("data").value !== "csv";
  find("workers").hidden = field("kernels").value !== "fixed";
  find("about").textContent = ABOUT[field("kernels").value];
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", (event) => {
  arrange();
  if (event.target.name === "file") readFile();
  else if (PACE.includes(event.target.name)) pace();
  else reset();
});
// A file of the same name may have changed, of which there would be no event.
field("file").addEventListener("click", () => (field("file").value = ""));
find("run").addEventListener("click", async () => {
  fault("");
  const wanted = !running;
  if (await ask("run", { running: wanted })) find("status").textContent = wanted ? "The network learns." : "Paused.";
});
find("step").addEventListener("click", () => {
  fault("");
  ask("step");
});
find("reset").addEventListener("click", reset);

function end(sentence) {
  source.close();
  for (const button of buttons) button.disabled = true;
  fault(sentence);
}

function greet(message) {
  session = message.session;
  field("workers").value = Math.min(message.threads, 16);
  for (const button of buttons) button.disabled = false;
  arrange();
  reset();
}

function show(message) {
  running = message.running;
  find("run").textContent = running ? "Pause" : "Start";
  find("shape").textContent = `${message.shape} · ${message.data}`;
  for (const [name, value] of Object.entries(message.facts)) find(`fact-${name}`).textContent = value;
  for (const [name, html] of Object.entries(message.parts)) find(`part-${name}`).innerHTML = html;
  find("legend").textContent = message.parts.plane
    ? "Colours are the network's classes, fuller where it is surer; dots are samples that it has not learned from."
    : "Rows are the true classes of samples that it has not learned from, columns what it takes them for.";
  find("drawing").hidden = message.name !== "digits";
  showKernels(message);
  showReading(message.reading);
  if (message.fault) fault(message.fault);
}

const source = new EventSource("events");
source.onmessage = (event) => {
  const message = JSON.parse(event.data);
  if (message.full) end(message.full);
  else if (message.ended) end("The playground has ended.");
  else if (message.session) greet(message);
  else show(message);
};
source.onerror = () => end("The playground has ended.");
