// A place on the page to which whoever reads is taken, the keyboard's focus as well.
export default {
  render({ model, el }) {
    el.tabIndex = -1;
    el.style.outline = "none";
    model.on("change:times", () => {
      el.scrollIntoView({ block: "start" });
      el.focus({ preventScroll: true });
    });
  },
};
