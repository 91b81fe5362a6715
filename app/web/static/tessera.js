// All that is done by script: every page works without it. `data-live` parts are asked for again while they are live.
"use strict";
for (const part of document.querySelectorAll("[data-live]")) {
  const again = async () => {
    try {
      const answer = await fetch(part.dataset.live, { headers: { "X-Part": part.id } });
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
        if (fresh === null) return;
        part.replaceChildren(...fresh.childNodes);
        if (!fresh.hasAttribute("data-live")) return;
      }
    } catch { /* away for now: asked again */ }
    setTimeout(again, 2000);
  };
  setTimeout(again, 2000);
}
for (const box of document.querySelectorAll("[data-all]")) {
  box.addEventListener("change", () => {
    for (const one of document.querySelectorAll(`input[type=checkbox][name="${box.dataset.all}"]`)) one.checked = box.checked;
  });
}
for (const choice of document.querySelectorAll("select[data-sends]")) {
  choice.addEventListener("change", () => choice.form.requestSubmit());
}
