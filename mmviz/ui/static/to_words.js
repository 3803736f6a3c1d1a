if (!document.body.dataset.arriving) return; // brought here by a key or a click elsewhere: it goes on from the words
delete document.body.dataset.arriving;
requestAnimationFrame(() => document.querySelector("#mm-overlay .mm-unit[tabindex='0']")?.focus({ preventScroll: true }));
