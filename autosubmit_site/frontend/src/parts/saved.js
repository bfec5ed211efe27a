// Remembers searches of a form in this browser: <form data-saved="name"> with [data-saved-list].
for (const form of document.querySelectorAll("form[data-saved]")) {
  const list = form.querySelector("[data-saved-list]");
  const key = `autosubmit.saved.${form.dataset.saved}`;
  list.hidden = false;

  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? {};
    } catch {
      return {};
    }
  };
  const write = (saved) => {
    localStorage.setItem(key, JSON.stringify(saved));
    show();
  };
  const button = (words, label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "quiet-button";
    made.textContent = words;
    if (label) made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  };

  function show() {
    const saved = read();
    const parts = Object.entries(saved).map(([name, query]) => {
      const item = document.createElement("span");
      item.className = "chip";
      const link = document.createElement("a");
      link.href = `${location.pathname}?${query}`;
      link.textContent = name;
      const forget = button("×", `${list.dataset.forget}: ${name}`, () => {
        const { [name]: gone, ...rest } = read();
        write(rest);
      });
      item.append(link, forget);
      return item;
    });
    const asked = location.search.slice(1);
    if (asked && !Object.values(saved).includes(asked)) parts.push(button(list.dataset.save, "", ask));
    list.replaceChildren(...parts);
  }

  function ask() {
    const field = document.createElement("input");
    field.setAttribute("aria-label", list.dataset.name);
    field.placeholder = list.dataset.name;
    field.maxLength = 60;
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") show();
      if (event.key !== "Enter") return;
      event.preventDefault();
      const name = field.value.trim();
      if (name) write({ ...read(), [name]: location.search.slice(1) });
    });
    list.append(field);
    field.focus();
  }

  show();
}
