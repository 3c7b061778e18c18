// SPDX-License-Identifier: LicenseRef-Gatehouse
// The one script: where a page says `data-live`, its part #live is fetched again when the office says that it changed,
// and every ten seconds where the office cannot be heard. A refresh that fails shows how old the page is. Pages are
// whole without it.
"use strict";
(() => {
  const part = document.querySelector("[data-live]");
  if (!part) return;
  const age = document.querySelector("[data-age]");
  const words = age ? age.textContent : "";
  let good = Date.now();
  let busy = false;
  let again = false;
  let last = part.innerHTML;

  const tell = () => {
    if (!age) return;
    const seconds = Math.round((Date.now() - good) / 1000);
    age.hidden = seconds < 25;
    age.textContent = words.replace("%", seconds);
  };

  const fetchAgain = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.querySelector("[data-live]");
        if (fresh) {
          good = Date.now();
          if (fresh.innerHTML !== last) {
            last = fresh.innerHTML;
            const focus = document.activeElement && part.contains(document.activeElement) ? document.activeElement.id : "";
            part.innerHTML = last;
            const back = focus ? document.getElementById(focus) : null;
            if (back) back.focus();
          }
        }
      }
    } catch { /* the age tells it */ }
    busy = false;
    tell();
    if (again) { again = false; fetchAgain(); }
  };

  let heard = 0;
  const listen = () => {
    const source = new EventSource(part.dataset.live);
    source.addEventListener("changed", () => { heard = Date.now(); fetchAgain(); });
    source.addEventListener("ended", () => { source.close(); location.reload(); });
    source.onopen = () => { heard = Date.now(); good = Date.now(); };
  };
  if (window.EventSource) listen();
  setInterval(() => { if (Date.now() - heard > 10000) fetchAgain(); else tell(); }, 10000);
})();
