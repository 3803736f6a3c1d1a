() => document.body.classList.remove("mm-running")
