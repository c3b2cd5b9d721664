// The kernels of a step with their times, and the Mojo source of one of them.

import { ask } from "./main.js";

const find = (id) => document.getElementById(id);
const IMPLEMENTATIONS = ["original", "fixed", "dynamic"];
let chosen = null;

/** A time in a few characters. */
function time(seconds) {
  if (seconds === undefined) return "–";
  const [size, unit] = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]].find(([size]) => seconds >= size) ?? [1e-9, "ns"];
  return `${Number((seconds / size).toPrecision(3))} ${unit}`;
}

function cells(row) {
  return Object.fromEntries(IMPLEMENTATIONS.map((name) => [name, row.querySelector(`[data-of=${name}]`)]));
}

function rowOf(kernel) {
  const known = [...find("rows").children].find((row) => row.dataset.kernel === kernel);
  if (known) return known;
  const row = document.createElement("tr");
  row.dataset.kernel = kernel;
  row.innerHTML = `<th scope="row" class="text"><button type="button"></button></th><td class="calls"></td>${IMPLEMENTATIONS.map(
    (name) => `<td data-of="${name}"></td>`,
  ).join("")}`;
  const button = row.querySelector("button");
  for (const [index, part] of kernel.split(".").entries()) {
    if (index) button.append(document.createElement("wbr"), ".");
    button.append(part);
  }
  button.addEventListener("click", () => choose(kernel));
  find("rows").append(row);
  return row;
}

/** Write the newest times into the table, whose rows stay, so that the keyboard's focus does too. */
export function showKernels(message) {
  const names = message.kernels.map((kernel) => kernel.name);
  for (const row of [...find("rows").children]) if (!names.includes(row.dataset.kernel)) row.remove();
  const totals = {};
  for (const { name, calls, seconds } of message.kernels) {
    const row = rowOf(name);
    row.querySelector(".calls").textContent = calls;
    for (const [of, cell] of Object.entries(cells(row))) {
      cell.textContent = time(seconds[of]);
      if (of in seconds) totals[of] = (totals[of] ?? 0) + calls * seconds[of];
    }
  }
  for (const [of, cell] of Object.entries(cells(find("total")))) cell.textContent = time(totals[of]);
  for (const { name, calls, seconds } of message.kernels) {
    const of = message.implementation;
    const share = of in seconds ? (calls * seconds[of]) / totals[of] : 0;
    rowOf(name).style.setProperty("--share", `${100 * share}%`);
  }
  for (const cell of document.querySelectorAll("#kernels [data-of]")) {
    cell.classList.toggle("current", cell.dataset.of === message.implementation);
  }
  find("no-source").hidden = names.length > 0;
  if (!names.length) {
    chosen = null;
    find("source").hidden = true;
  } else if (!names.includes(chosen)) {
    choose(names[0]);
  }
}

async function choose(kernel) {
  chosen = kernel;
  for (const row of find("rows").children) {
    if (row.dataset.kernel === kernel) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
  await open({ kernel });
}

async function open(request) {
  const found = await ask("source", request);
  if (!found) return;
  find("source").hidden = false;
  find("source-name").textContent = found.name || "all of";
  find("source-file").textContent = found.file;
  const links = find("source-links");
  links.replaceChildren();
  if (request.address) links.append(chip(`← ${chosen}`, { kernel: chosen }));
  if (found.loop) links.append(chip(`${found.loop.name}, the loop around it`, { address: found.loop.address }));
  for (const { name, address } of found.used) links.append(chip(name, { address }));
  const text = find("source-text");
  text.innerHTML = found.lines
    .map((line, index) => {
      const inside = found.name && index + 1 >= found.first && index + 1 <= found.last;
      return `<span class="line${inside ? " inside" : ""}">${line || " "}</span>`;
    })
    .join("");
  const first = found.name ? text.children[found.first - 1] : text.firstChild;
  text.scrollTo({ top: first.offsetTop - 8, left: 0 });
}

function chip(label, request) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", () => open(request));
  return button;
}

find("source-text").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  open({ address: decodeURIComponent(link.getAttribute("href").slice(1)) });
});
