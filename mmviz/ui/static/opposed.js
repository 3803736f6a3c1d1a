() => {
  document.body.classList.remove("mm-opposing");
  document.querySelectorAll("#mm-versus .mm-busy").forEach((line) => line.remove());
}
