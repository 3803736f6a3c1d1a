// The script of this widget is fetched when the widget is first drawn; its events are
// "pin" "undo" "export" "compare" "options" "sound".
import(new URL("mmviz/speech.js", document.baseURI).href).then(({ mount }) => mount({ element, props, watch, trigger }));
