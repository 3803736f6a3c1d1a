(...parts) => parts.map(() => ({ __type__: "update", visible: true }))
