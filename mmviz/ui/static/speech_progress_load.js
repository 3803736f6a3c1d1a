import(new URL("mmviz/speech_progress.js", document.baseURI).href).then(({ mount }) => mount({ element, props, watch }));
