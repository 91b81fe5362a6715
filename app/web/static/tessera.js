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
// Passkeys: what the form's `data-options` asks for goes to the device, and its answer is sent with the form.
const unpacked = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const packed = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = form.querySelector("[data-failed]");
    failed.hidden = true;
    const asked = JSON.parse(form.dataset.options);
    asked.challenge = unpacked(asked.challenge);
    if (asked.user) asked.user.id = unpacked(asked.user.id);
    for (const known of [...(asked.excludeCredentials ?? []), ...(asked.allowCredentials ?? [])]) known.id = unpacked(known.id);
    try {
      const made = await navigator.credentials[form.dataset.passkey]({ publicKey: asked });
      const response = {};
      for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
        if (made.response[name]) response[name] = packed(made.response[name]);
      }
      form.elements.answer.value = JSON.stringify({ id: made.id, rawId: packed(made.rawId), type: made.type, response });
      form.submit();
    } catch { failed.hidden = false; }
  });
}
// The page one is on is seen among its tabs, also where they are wider than the window.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const row = tab.closest(".tabs");
  row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}
