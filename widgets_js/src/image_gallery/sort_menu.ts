// The gallery's sort menu: "name ▾" in the header opens the list; the key in force again turns it round.

import { button, element } from "../core/dom.ts";
import type { Panel } from "../core/panel.ts";
import type { SortKey } from "./order.ts";

export function addSortMenu(
  panel: Panel,
  keys: SortKey[],
  onSort: (key: SortKey, descending: boolean) => void,
): void {
  let key: SortKey = "name";
  let descending = false;
  const menu = element("div", "cz-menu");
  menu.id = `cz-sort-${Math.random().toString(36).slice(2)}`;
  menu.setAttribute("role", "menu");
  menu.hidden = true;
  const toggle = button("", "cz-action", () => (menu.hidden ? open() : close()));
  toggle.setAttribute("aria-haspopup", "menu");
  toggle.setAttribute("aria-controls", menu.id);
  const items = keys.map((name) => {
    const item = button(name, "cz-menu-item", () => {
      descending = name === key && !descending;
      key = name;
      close();
      say();
      onSort(key, descending);
    });
    item.setAttribute("role", "menuitemradio");
    item.tabIndex = -1;
    menu.append(item);
    return item;
  });
  const holder = element("span", "cz-menu-holder", [toggle, menu]);
  panel.addControl(holder);
  say();

  function say(): void {
    const arrow = descending ? "\u25b4" : "\u25be";
    toggle.textContent = `${key} ${arrow}`;
    toggle.title = `Sorted by ${key}, ${descending ? "descending" : "ascending"}`;
    items.forEach((item, i) => {
      item.setAttribute("aria-checked", String(keys[i] === key));
      item.textContent = keys[i] === key ? `${key} ${arrow}` : keys[i];
    });
  }

  function open(): void {
    menu.hidden = false;
    toggle.setAttribute("aria-expanded", "true");
    items[keys.indexOf(key)].focus();
  }

  function close(): void {
    if (menu.matches(":focus-within")) toggle.focus();
    menu.hidden = true;
    toggle.setAttribute("aria-expanded", "false");
  }

  holder.addEventListener("keydown", (event) => {
    if (menu.hidden) return;
    const at = items.findIndex((item) => item.matches(":focus"));
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown") items[(at + 1) % items.length].focus();
    else if (event.key === "ArrowUp") items[(at - 1 + items.length) % items.length].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  holder.addEventListener("focusout", (event) => {
    if (!holder.contains(event.relatedTarget as Node | null)) menu.hidden = true;
  });
}
