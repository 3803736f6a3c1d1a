(...given) => {
  document.body.classList.add("mm-filming");
  return given;
}
