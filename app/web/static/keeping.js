// What is typed into a form with `data-keeps` stays on this device for a day, or until it is handed in: a lost connection, a
// closed page or an empty battery costs nothing. Files, and what is ticked or is a secret, are not kept: they are given anew.
"use strict";
const BEGINS = "typed ", DAY = 24 * 60 * 60 * 1000;
const kept = {
  names() { try { return Object.keys(localStorage).filter((name) => name.startsWith(BEGINS)); } catch { return []; } },
  read(name) { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } },
  write(name, value) { try { localStorage.setItem(name, JSON.stringify(value)); } catch { /* full, or not allowed: the form works without */ } },
  drop(name) { try { localStorage.removeItem(name); } catch { /* as above */ } },
};
for (const name of kept.names()) if (!(kept.read(name)?.at > Date.now() - DAY)) kept.drop(name);
for (const done of document.querySelectorAll("[data-handed-in]")) kept.drop(BEGINS + done.dataset.handedIn);
const TYPED = "input:not([type]), input[type=text], input[type=date], input[type=url], input[type=email], textarea, select";
for (const form of document.querySelectorAll("form[data-keeps]")) {
  const name = BEGINS + new URL(form.action).pathname;
  const fields = [...form.querySelectorAll(TYPED)].filter((field) => field.name);
  const again = form.parentElement.querySelector("[data-kept]"), away = form.parentElement.querySelector("[data-away]");
  const before = kept.read(name)?.values ?? {};
  for (const field of fields) {
    if (field.value || !before[field.name]) continue;
    field.value = before[field.name];
    again.hidden = false;
    const folded = field.closest("details");
    if (folded) folded.open = true;
  }
  const keep = () => kept.write(name, { at: Date.now(), values: Object.fromEntries(fields.map((field) => [field.name, field.value])) });
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  again.querySelector("button").addEventListener("click", () => { kept.drop(name); location.reload(); });
  form.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    away.hidden = false;
    away.scrollIntoView({ block: "center" });
  });
  addEventListener("online", () => { away.hidden = true; });
}
