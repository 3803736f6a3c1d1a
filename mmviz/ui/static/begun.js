(...given) => {
  const going = ((document.body.going ??= {})["WORK"] ??= new Set());
  going.add("NAME");
  document.body.classList.add("mm-WORK");
  ALSO
  return given;
}
