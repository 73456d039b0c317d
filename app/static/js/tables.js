import { announce } from "./announce.js";

/** input[data-select-all="people"] ticks every box named "people" in its table, and follows them. */
export function selectAllRows() {
  document.querySelectorAll("[data-select-all]").forEach((all) => {
    const boxes = [...all.closest("table").querySelectorAll(`input[name="${CSS.escape(all.dataset.selectAll)}"]`)];
    const chosen = () => boxes.filter((box) => box.checked).length;
    const follow = () => {
      all.checked = boxes.length > 0 && chosen() === boxes.length;
      all.indeterminate = chosen() > 0 && !all.checked;
    };
    all.hidden = false;
    all.addEventListener("change", () => {
      boxes.forEach((box) => (box.checked = all.checked));
      announce(`${chosen()} of ${boxes.length} rows selected`);
    });
    boxes.forEach((box) => box.addEventListener("change", follow));
    follow();
  });
}
