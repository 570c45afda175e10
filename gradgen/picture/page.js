"use strict";
/* The page of a picture. State: which figure, which of its two views, what is chosen, and the visible rectangle. */
(() => {
  const all = JSON.parse(document.getElementById("facts").textContent);
  const byId = (name) => document.getElementById(name);
  const canvas = byId("canvas"), code = byId("code"), details = byId("details"), search = byId("search");
  let number = 0, view = "values", chosen = null, hits = [], hit = -1;
  const section = () => document.querySelector(`section[data-figure="${number}"]`);
  const division = () => section().querySelector(`[data-view="${view}"]`);
  const svg = () => division().querySelector("svg");
  const card = (value) => division().querySelector(`.card[data-value="${value}"]`);

  /* --- the visible rectangle ------------------------------------------------------------------------ */
  const whole = (image) => [0, 0, +image.getAttribute("width"), +image.getAttribute("height")];
  const seen = (image) => image.getAttribute("viewBox").split(" ").map(Number);
  const show = (image, box) => image.setAttribute("viewBox", box.map((x) => x.toFixed(2)).join(" "));
  const room = () => [canvas.clientWidth || 800, canvas.clientHeight || 600];

  /* All of it, if letters stay readable; else its upper part, as large as the page is wide. */
  function fit(everything) {
    const image = svg(), [, , width, height] = whole(image), [w, h] = room();
    const scale = everything ? Math.min(w / width, h / height) : Math.min(1.25, Math.max(Math.min(w / width, h / height), Math.min(0.8, Math.max(w / width, 0.55))));
    show(image, [(width - w / scale) / 2, h / scale > height ? (height - h / scale) / 2 : 0, w / scale, h / scale]);
  }
  function zoom(factor, x, y) {
    const [w, h] = room(), [left, top, width, height] = seen(svg());
    const wide = Math.min(Math.max(width * factor, 60), 400000), ratio = wide / width;
    const px = left + (x ?? w / 2) / w * width, py = top + (y ?? h / 2) / h * height;
    show(svg(), [px - (px - left) * ratio, py - (py - top) * ratio, wide, height * ratio]);
  }
  function reveal(element) {
    const [left, top, width, height] = seen(svg()), rect = element.querySelector("rect"), group = svg().querySelector(".all");
    const shift = group.transform.baseVal.consolidate().matrix;
    const x = +rect.getAttribute("x") + shift.e, y = +rect.getAttribute("y") + shift.f;
    const w = +rect.getAttribute("width"), h = +rect.getAttribute("height");
    const large = w > width * 0.9 || h > height * 0.9;
    if (large) show(svg(), [x + w / 2 - width / 2, y - 20, width, height]);
    else if (x < left || y < top || x + w > left + width || y + h > top + height)
      show(svg(), [x + w / 2 - width / 2, y + h / 2 - height / 2, width, height]);
  }

  /* --- what is chosen ------------------------------------------------------------------------------- */
  function text(tag, content, kind) {
    const element = document.createElement(tag);
    element.textContent = content;
    if (kind) element.className = kind;
    return element;
  }
  function label(value) {
    return all[number].values[value].label;
  }
  function links(values) {
    const list = document.createElement("span");
    for (const value of values) {
      const button = text("button", label(value), "go");
      button.dataset.go = value;
      list.append(button);
    }
    return list;
  }
  function table(rows) {
    const list = document.createElement("dl");
    for (const [name, content] of rows) {
      if (!content) continue;
      const cell = document.createElement("dd");
      cell.append(content);
      list.append(text("dt", name), cell);
    }
    return list;
  }
  function describe(value) {
    const fact = all[number].values[value], line = document.createElement("span");
    if (fact.file) {
      line.append(text("span", fact.file));
      line.append(text("code", fact.text, "line"));
    }
    const sweep = fact.sweep && fact.sweep + " sweep" + (fact.kept ? ", kept for the adjoint" : "");
    const size = [fact.type, fact.bytes].join(", ");
    details.replaceChildren(text("h2", fact.name || fact.op), table([
      [fact.derived ? "derivative of" : "NumPy", fact.file && line],
      ["op", text("code", fact.op)],
      ["type", size + (fact.result ? ", a result" : "")],
      ["kept", fact.where],
      ["computed in", sweep && `the ${sweep}` + (fact.box ? `; ${all[number].boxes[fact.box].title}` : "")],
      ["made from", fact.operands.length ? links(fact.operands) : ""],
      ["used by", fact.users.length ? links(fact.users) : ""],
    ]));
  }
  function describeBox(box) {
    const fact = all[number].boxes[box], open = text("button", "open");
    open.addEventListener("click", () => { change("values"); choose({ box }); });
    details.replaceChildren(text("h2", fact.title), table([["values", links(fact.values)]]));
    if (view === "loops") details.append(open);
  }
  function light(nest, own) {
    const rows = code.children;
    for (const row of rows) row.classList.remove("nest", "own");
    for (const [ranges, kind] of [[nest, "nest"], [own, "own"]])
      for (const [start, stop] of ranges) for (let k = start; k < stop; ++k) rows[k].classList.add(kind);
    const first = own.length ? own[0][0] : nest.length ? nest[0][0] : -1;
    if (first >= 0) code.scrollTop = rows[first].offsetTop - code.offsetTop - code.clientHeight / 3;
  }
  function clear() {
    for (const element of section().querySelectorAll(".chosen, .near")) element.classList.remove("chosen", "near");
    division().classList.remove("some");
  }
  function choose(what, quietly) {
    clear();
    chosen = what;
    document.body.dataset.chosen = what ? JSON.stringify(what) : "";
    if (!what) {
      details.replaceChildren(text("h2", all[number].name), text("p", "Choose a value or a loop: a click, or Tab and Enter. Arrow keys follow the edges, / searches, drag and wheel move the picture."));
      light([], []);
      return;
    }
    if ("value" in what) {
      const fact = all[number].values[what.value], element = card(what.value);
      describe(what.value);
      light(fact.nest, fact.lines);
      if (element) {
        element.classList.add("chosen");
        near([what.value], [what.value, ...fact.operands, ...fact.users]);
        if (!quietly) { reveal(element); element.focus({ preventScroll: true }); }
      }
    } else {
      const fact = all[number].boxes[what.box], element = division().querySelector(`[data-box="${what.box}"]`);
      describeBox(what.box);
      light(fact.lines, []);
      if (element) {
        element.classList.add("chosen");
        if (view === "loops") near([-what.box], [-what.box]);
        if (!quietly) { reveal(element); if (element.tabIndex >= 0) element.focus({ preventScroll: true }); }
      }
    }
  }
  /* The edges at some values stay bright, and the cards at their ends. */
  function near(values, cards) {
    division().classList.add("some");
    const wanted = new Set(values.map(String)), bright = new Set(cards.map(String));
    for (const edge of svg().querySelectorAll(".edge")) {
      const ends = [edge.dataset.from, ...edge.dataset.to.split(" ")];
      if (!wanted.has(ends[0]) && !ends.slice(1).some((end) => wanted.has(end))) continue;
      edge.classList.add("near");
      if (view === "loops") for (const end of ends) bright.add(end);
    }
    for (const element of svg().querySelectorAll(".card"))
      if (bright.has(element.dataset.value ?? String(-element.dataset.box))) element.classList.add("near");
    for (const pill of svg().querySelectorAll(".pill")) if (bright.has(pill.dataset.of)) pill.classList.add("near");
  }

  /* --- which figure, which view --------------------------------------------------------------------- */
  function change(next) {
    if (!section().querySelector(`[data-view="${next}"]`)) return;  /* of thousands of values only the loops are drawn */
    clear();
    view = next;
    for (const element of section().querySelectorAll(".view")) element.hidden = element.dataset.view !== view;
    for (const name of ["values", "loops"]) byId(name).setAttribute("aria-pressed", String(name === view));
    fit(false);
    if (chosen) choose(chosen, true);
    find();
  }
  function open(next) {
    number = next;
    for (const element of document.querySelectorAll("section.figure")) element.hidden = +element.dataset.figure !== number;
    const fact = all[number];
    byId("title").textContent = byId("title").title = fact.title;
    byId("summary").textContent = section().dataset.summary;
    byId("values").disabled = !section().querySelector('[data-view="values"]');
    view = section().dataset.first;
    code.replaceChildren(...fact.source.split("\n").map((line) => {
      const row = text("span", "", "row"), parts = line.split(/(\/\*.*?\*\/)/);
      parts.forEach((part, k) => row.append(k % 2 ? text("span", part, "remark") : part));
      row.append("\n");
      return row;
    }));
    chosen = null;
    change(section().dataset.first);
    choose(null);
  }

  /* --- search --------------------------------------------------------------------------------------- */
  function find() {
    for (const element of section().querySelectorAll(".hit")) element.classList.remove("hit");
    const wanted = search.value.trim().toLowerCase();
    hits = [];
    hit = -1;
    if (wanted)
      for (const [value, fact] of Object.entries(all[number].values))
        if ([fact.name, fact.op, fact.type, fact.file, fact.text, fact.sweep].some((part) => part.toLowerCase().includes(wanted))) {
          hits.push(+value);
          card(value)?.classList.add("hit");
        }
    byId("count").textContent = wanted ? `${hits.length} found` : "";
  }
  function next(step) {
    if (!hits.length) return;
    hit = (hit + step + hits.length) % hits.length;
    if (!card(hits[hit])) change("values");
    choose({ value: hits[hit] });
    search.focus();
    byId("count").textContent = `${hit + 1} of ${hits.length}`;
  }

  /* --- hands ---------------------------------------------------------------------------------------- */
  const named = (element) => {
    const data = element.closest?.("[data-value], [data-box], [data-of]")?.dataset;
    if (!data) return null;
    return data.box ? { box: +data.box } : { value: +(data.value ?? data.of) };
  };
  let from = null, moved = false;
  canvas.addEventListener("pointerdown", (event) => { if (event.button === 0) { from = [event.clientX, event.clientY, seen(svg())]; moved = false; } });
  addEventListener("pointermove", (event) => {
    if (!from) return;
    const [x, y, [left, top, width, height]] = from, [w] = room();
    if (Math.hypot(event.clientX - x, event.clientY - y) > 4) { moved = true; canvas.classList.add("moving"); }
    if (moved) show(svg(), [left - (event.clientX - x) * width / w, top - (event.clientY - y) * width / w, width, height]);
  });
  addEventListener("pointerup", () => { from = null; canvas.classList.remove("moving"); });
  canvas.addEventListener("click", (event) => { if (!moved) choose(named(event.target), true); });
  canvas.addEventListener("dblclick", (event) => {
    const what = named(event.target);
    if (view === "loops" && what && "box" in what) { change("values"); choose(what); }
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const at = canvas.getBoundingClientRect();
    zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.004), event.clientX - at.left, event.clientY - at.top);
  }, { passive: false });
  canvas.addEventListener("focusin", (event) => { const group = event.target.closest(".card"); if (group && group.matches(":focus-visible")) reveal(group); });
  details.addEventListener("click", (event) => {
    const go = event.target.dataset.go;
    if (go === undefined) return;
    if (!card(go)) change("values");
    choose({ value: +go });
  });
  function follow(key) {
    const value = chosen && "value" in chosen ? chosen.value : null;
    const order = Object.keys(all[number].values).map(Number);
    if (value === null) return choose({ value: order[0] });
    const fact = all[number].values[value], at = order.indexOf(value);
    const to = { ArrowUp: fact.operands[0], ArrowDown: fact.users[0], ArrowLeft: order[at - 1], ArrowRight: order[at + 1] }[key];
    if (to !== undefined) choose({ value: to });
  }
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inside = event.target.closest?.("input, select");
    if (inside) {
      if (event.key === "Enter" && event.target === search) next(event.shiftKey ? -1 : 1);
      if (event.key === "Escape" && event.target === search) { search.value = ""; find(); search.blur(); }
      return;
    }
    const act = {
      "/": () => search.focus(), "+": () => zoom(0.8), "=": () => zoom(0.8), "-": () => zoom(1.25), "0": () => fit(true),
      v: () => change("values"), l: () => change("loops"), Escape: () => choose(null),
    }[event.key];
    if (act) { event.preventDefault(); act(); return; }
    if (event.key.startsWith("Arrow") && view === "values" && !event.target.closest?.("pre")) { event.preventDefault(); follow(event.key); return; }
    const what = (event.key === "Enter" || event.key === " ") && event.target.closest?.("#canvas") && named(event.target);
    if (what) { event.preventDefault(); choose(what, true); }
  });
  search.addEventListener("input", find);
  byId("in").addEventListener("click", () => zoom(0.8));
  byId("out").addEventListener("click", () => zoom(1.25));
  byId("fit").addEventListener("click", () => fit(true));
  for (const name of ["values", "loops"]) byId(name).addEventListener("click", () => change(name));
  byId("choice").addEventListener("change", (event) => open(+event.target.value));
  addEventListener("resize", () => fit(false));
  open(0);
  const wanted = /value=(\d+)/.exec(location.hash);
  if (wanted && all[0].values[wanted[1]]) { change("values"); choose({ value: +wanted[1] }); }
})();
