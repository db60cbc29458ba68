// A slider over the years that the graph speaks of, beside the field of a date: it changes the year and leaves day and month.
// Without JavaScript the field stands alone.

for (const form of document.querySelectorAll("form[data-years]")) slide(form);

function slide(form) {
  const field = form.querySelector('input[name="on"]');
  const line = form.querySelector(".years");
  const slider = line?.querySelector('input[type="range"]');
  const said = line?.querySelector("output");
  if (!field || !slider || !said) return;
  const follow = () => {
    const year = Number(field.value.slice(0, 4)) || new Date().getFullYear();
    slider.value = String(year);
    said.textContent = slider.value;
  };
  slider.addEventListener("input", () => {
    const [, month = "01", day = "01"] = (field.value || `${slider.value}-01-01`).split("-");
    // The last day of February is not in every year.
    const last = new Date(Date.UTC(Number(slider.value), Number(month), 0)).getUTCDate();
    field.value = `${slider.value}-${month}-${String(Math.min(Number(day), last)).padStart(2, "0")}`;
    said.textContent = slider.value;
  });
  field.addEventListener("change", follow);
  follow();
  line.hidden = false;
}
