(...given) => {
  document.body.classList.add("mm-speaking");
  if (document.activeElement?.classList.contains("mm-speech-stage")) document.body.dataset.speaking = "stage"; // what comes takes up the focus
  return given;
}
