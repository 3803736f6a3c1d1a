() => document.body.classList.remove("mm-filming")
