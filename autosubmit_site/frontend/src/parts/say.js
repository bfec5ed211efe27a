// Says a short sentence at the foot of the page, to eyes and to screen readers.
let place;
let timer;

export function say(sentence) {
  if (!place) {
    place = document.createElement("div");
    place.className = "said-now";
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  clearTimeout(timer);
  place.textContent = sentence;
  place.classList.add("shown");
  timer = setTimeout(() => place.classList.remove("shown"), 2500);
}
