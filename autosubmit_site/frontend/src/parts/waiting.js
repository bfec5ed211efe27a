// A page that takes long is being made meanwhile: shows it as soon as it is there.
const box = document.querySelector("[data-waiting]");
if (box) {
  try {
    await fetch(location.href, { credentials: "same-origin" });
    location.reload();
  } catch {
    box.querySelector("[role=status]").textContent = box.dataset.failed;
    box.querySelector("progress").remove();
  }
}
