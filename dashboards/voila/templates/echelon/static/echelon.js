// What Voila's pages tell their reader: what is being done, and when the connection or the kernel is gone.
(() => {
  "use strict";

  const SLOW_START = 65_000; // longer than the server waits for a kernel
  const PATIENCE = 4_000; // a connection that comes back within this time was never gone
  const GONE = "Reload the page; running solves go on.";

  const opened = Date.now();
  let started = false;
  let finished = false;
  let leaving = false;

  const part = (id) => document.getElementById(id);

  function warn(text) {
    const box = part("echelon-alert");
    if (!box || leaving) return;
    box.querySelector("p").textContent = text;
    box.querySelector("button").onclick = () => window.location.reload();
    box.hidden = false;
  }

  function calm() {
    const box = part("echelon-alert");
    if (box) box.hidden = true;
  }

  function say(text) {
    const line = part("loading_text");
    if (line) line.textContent = text;
  }

  window.update_loading_text = (step, steps) => say(`Working: step ${step} of ${steps} …`);
  window.voila_process = (done, steps) => {
    started = true;
    if (done < steps) window.update_loading_text(done + 1, steps);
  };
  window.voila_heartbeat = () => {
    if (!started && Date.now() - opened > SLOW_START) warn(`This page could not be started. ${GONE}`);
  };
  // Called when the last cell is there, and again by the frontend when its theme is.
  window.voila_finish = () => {
    finished = true;
    window.cellLoaded = true;
    say("Drawing …");
    if (window.themeLoaded) settle();
  };
  window.display_cells = window.voila_finish;

  const WAITING = 'script[type="application/vnd.voila.cell-output+json"]';

  function settle() {
    if (document.querySelector(WAITING)) {
      window.setTimeout(settle, 50);
      return;
    }
    part("loading")?.remove();
    document.body.dataset.echelon = "ready";
    reachWideTables();
    window.addEventListener("resize", reachWideTables);
  }

  // What scrolls by itself must be scrollable by keyboard as well.
  function reachWideTables() {
    for (const box of document.querySelectorAll(".echelon-notebook .jp-OutputArea-output:has(table)")) {
      if (box.scrollWidth <= box.clientWidth) continue;
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", "Wide table");
    }
  }

  window.addEventListener("beforeunload", () => { leaving = true; });
  window.addEventListener("pageshow", () => { leaving = false; });
  window.addEventListener("load", () => {
    if (!finished) {
      part("loading")?.remove();
      warn(`The connection was lost before the page was complete. ${GONE}`);
    }
  });

  // The frontend reconnects by itself and says nothing of it; so every channel to a kernel is watched.
  const Plain = window.WebSocket;
  let kernel = null;

  function told(data) {
    if (typeof data === "string") return data;
    return data instanceof ArrayBuffer && data.byteLength < 4096 ? new TextDecoder().decode(data) : "";
  }

  function watch(channel) {
    channel.addEventListener("open", () => {
      kernel = channel;
      calm();
    });
    channel.addEventListener("close", () => {
      window.setTimeout(() => {
        if (kernel === channel || kernel === null) warn(`The connection was lost. ${GONE}`);
      }, PATIENCE);
    });
    channel.addEventListener("message", (event) => {
      if (/"execution_state": ?"(restarting|autorestarting|dead)"/.test(told(event.data))) {
        warn(`What drives this page has ended. ${GONE}`);
      }
    });
  }

  window.WebSocket = class extends Plain {
    constructor(address, ...protocols) {
      super(address, ...protocols);
      if (/\/api\/kernels\/[^/]+\/channels/.test(String(address))) watch(this);
    }
  };
})();
