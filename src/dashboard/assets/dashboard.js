// Renews what has changed, counts deadlines down, sends what people write. Pages are whole without it.
"use strict";
(() => {
  const REST_MS = 700;
  const connection = document.getElementById("connection");
  let renewing = false;
  let again = false;
  let last = null;
  let pressed = false;

  const say = (text, lost) => {
    if (!connection || connection.textContent === text) return;
    connection.textContent = text;
    connection.classList.toggle("lost", lost);
  };

  // Nothing is taken away from somebody who is writing, or has opened something.
  const isBusy = (region) => {
    const focused = document.activeElement;
    const writes = focused && region.contains(focused) && focused.matches("input, textarea, select");
    return writes || region.querySelector("details[open]") !== null || region.querySelector("form.act[data-sending]") !== null;
  };

  const renew = async () => {
    if (renewing) { again = true; return; }
    renewing = true;
    again = false;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "follow" });
      if (answer.redirected && new URL(answer.url).pathname === "/login") { location.reload(); return; }
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const region of document.querySelectorAll("[data-live]")) {
          // What is pressed stays until it is released, or nothing would be clicked.
          if (pressed) { again = true; break; }
          const fresh = page.getElementById(region.id);
          if (!fresh || isBusy(region) || fresh.innerHTML === region.innerHTML) continue;
          const focused = document.activeElement;
          const place = focused && region.contains(focused) ? focused.id || focused.getAttribute("href") : null;
          region.replaceChildren(...fresh.childNodes);
          if (place) {
            const same = [...region.querySelectorAll("[id], a[href]")].find((one) => one.id === place || one.getAttribute("href") === place);
            if (same) same.focus({ preventScroll: true });
          }
        }
        document.title = page.title;
        compare(page);
        count();
      }
    } catch {
      // The stream says that nobody is there.
    } finally {
      setTimeout(() => { renewing = false; if (again) renew(); }, REST_MS);
    }
  };

  const listen = () => {
    const events = new EventSource("/v1/events");
    events.addEventListener("open", () => say("live", false));
    events.addEventListener("assessment", (event) => {
      const head = JSON.parse(event.data).journal_head;
      say("live", false);
      if (last === null || last !== head) { last = head; renew(); }
    });
    events.addEventListener("waiting", () => say("reading the journal", false));
    events.addEventListener("error", () => {
      const at = new Date().toISOString().slice(11, 19);
      if (!connection.classList.contains("lost")) say(`not connected since ${at} UTC: this is what was known then`, true);
      last = null;
      if (events.readyState === EventSource.CLOSED) { events.close(); setTimeout(listen, 2000); }
    });
  };

  const span = (ms) => {
    const s = Math.floor(Math.abs(ms) / 1000);
    const pad = (n) => String(n).padStart(2, "0");
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} m ${pad(s % 60)} s`;
    return `${Math.floor(s / 3600)} h ${pad(Math.floor((s % 3600) / 60))} m`;
  };

  // How far this machine's clock is ahead of the sidecar's, which deadlines go by.
  let ahead = 0;
  const compare = (page) => {
    const clock = page.getElementById("clock");
    if (clock) ahead = Date.now() - Number(clock.value);
  };

  const count = () => {
    const now = Date.now() - ahead;
    // Who has said their name once need not write it again.
    const by = sessionStorage.getItem("by");
    for (const field of document.querySelectorAll("input[name=by]")) {
      if (by && field.value === "" && field !== document.activeElement) field.value = by;
    }
    for (const due of document.querySelectorAll("time[data-due]")) {
      const left = Number(due.dataset.due) - now;
      due.textContent = left < 0 ? `overdue by ${span(left)}` : `${span(left)} left`;
      due.classList.toggle("bad", left < 0);
    }
  };

  document.addEventListener("pointerdown", (event) => { pressed = event.button === 0; });
  // The click comes behind it.
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => setTimeout(() => { pressed = false; }, 0));
  window.addEventListener("blur", () => { pressed = false; });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset.post) return;
    event.preventDefault();
    const said = form.querySelector(".said");
    const button = form.querySelector("button");
    const body = Object.fromEntries(new FormData(form).entries());
    if (form.dataset.confirm && !window.confirm(`${form.dataset.confirm}?`)) return;
    form.dataset.sending = "1";
    button.disabled = true;
    try {
      const answer = await fetch(form.dataset.post, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      const told = await answer.json().catch(() => ({}));
      said.classList.toggle("bad", !answer.ok);
      said.textContent = answer.ok ? "On record." : told.error || `It was not taken (${answer.status}).`;
      if (answer.ok) {
        if (body.by) sessionStorage.setItem("by", body.by);
        const details = form.closest("details");
        if (details) details.open = false;
        if (document.activeElement) document.activeElement.blur();
        delete form.dataset.sending;
        renew();
      }
    } catch {
      said.classList.add("bad");
      said.textContent = "Nobody answers: it may not be on record.";
    } finally {
      delete form.dataset.sending;
      button.disabled = false;
    }
  });

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form && event.target.matches("select")) form.requestSubmit();
  });

  if (document.querySelector("[data-live]")) listen();
  compare(document);
  count();
  setInterval(count, 1000);
})();
