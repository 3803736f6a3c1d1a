// Its event is "choose".
import(new URL("mmviz/sets.js", document.baseURI).href).then(({ mount }) => mount({ element, props, watch, trigger }));
