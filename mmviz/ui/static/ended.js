() => {
  const going = document.body.going?.["WORK"];
  if ("NAME") going?.delete("NAME");
  else going?.clear();
  if (going?.size) return; // a newer question goes on
  document.body.classList.remove("mm-WORK");
  ALSO
}
