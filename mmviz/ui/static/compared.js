() => document.body.classList.remove("mm-comparing")
