// Its event is "zip".
import(new URL("mmviz/speech_batch.js", document.baseURI).href).then(({ mount }) => mount({ element, props, watch, trigger }));
