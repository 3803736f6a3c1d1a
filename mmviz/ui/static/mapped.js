() => document.body.classList.remove("mm-mapping")
