// Keeps a small state in this browser tab, so that a reload finds it again.
export default {
  render({ model }) {
    const key = () => `echelon:${model.get("name")}`;
    const keep = () => {
      try {
        sessionStorage.setItem(key(), JSON.stringify(model.get("value")));
      } catch {
        // A browser that keeps nothing loses nothing but this.
      }
    };
    let known = null;
    try {
      known = JSON.parse(sessionStorage.getItem(key()) ?? "null");
    } catch {
      known = null;
    }
    model.send({ kind: "hello", value: known });
    model.on("change:value", keep);
    return () => model.off("change:value", keep);
  },
};
