() => document.body.classList.remove("mm-speaking")
