const answer = document.getElementById("mm-overlay"); // on a phone it is far above
if (answer && answer.getBoundingClientRect().top < 0) answer.scrollIntoView({ block: "start" });
