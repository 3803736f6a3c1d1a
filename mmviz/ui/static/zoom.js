// Looking closer: the wheel with Ctrl zooms where it points, the wheel alone moves what is enlarged, + − 0 and Shift with arrows too.

const CLOSEST = 8, STEP = 1.5;

function buildZoom(stage, layer, { zoom, zoom_in: closer, zoom_out: farther, zoom_fit: fit }) {
  let scale = 1, x = 0, y = 0;
  const place = () => {
    const limit = (moved, size) => Math.min(0, Math.max(size * (1 - scale), moved));
    x = limit(x, stage.clientWidth);
    y = limit(y, stage.clientHeight);
    layer.style.transform = scale === 1 ? "" : `translate(${x}px, ${y}px) scale(${scale})`;
    stage.classList.toggle("mm-closer", scale > 1);
  };
  const by = (factor, left = stage.clientWidth / 2, top = stage.clientHeight / 2) => {
    const next = Math.min(CLOSEST, Math.max(1, scale * factor));
    x = left - (left - x) * (next / scale);
    y = top - (top - y) * (next / scale);
    scale = next < 1.01 ? 1 : next;
    place();
  };
  const move = (right, down) => {
    const before = [x, y];
    x -= right;
    y -= down;
    place();
    return before[0] !== x || before[1] !== y;
  };
  stage.addEventListener("wheel", (event) => {
    const box = stage.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey) by(Math.exp(-event.deltaY / 240), event.clientX - box.left, event.clientY - box.top);
    else if (scale === 1 || !move(event.deltaX, event.deltaY)) return; // at its edge, the page goes on scrolling
    event.preventDefault();
  }, { passive: false });
  const press = (event) => {
    const part = stage.clientWidth / 8;
    const arrow = event.shiftKey && { ArrowLeft: [-part, 0], ArrowRight: [part, 0], ArrowUp: [0, -part], ArrowDown: [0, part] }[event.key];
    if (event.key === "+" || event.key === "=") by(STEP);
    else if (event.key === "-") by(1 / STEP);
    else if (event.key === "0") by(0);
    else if (arrow) move(...arrow);
    else return false;
    return true;
  };
  const button = (sign, title, run) => node("button", { type: "button", class: "mm-sign", "aria-label": title, title, onclick: run }, sign);
  const buttons = node("span", { class: "mm-zoom-buttons", role: "group", "aria-label": zoom },
    button("−", farther, () => by(1 / STEP)), button("+", closer, () => by(STEP)), button("1:1", fit, () => by(0)));
  return { press, buttons };
}
