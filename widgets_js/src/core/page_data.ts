// The data of an offline page: JSON in a script element, with bytes as base64. Twin of `export.py`.

interface Packed {
  $bytes: string;
}

/** Turns {"$bytes": base64} anywhere in the value back into a DataView. */
function revive(_key: string, value: unknown): unknown {
  if (typeof value === "object" && value !== null && "$bytes" in value) {
    const text = atob((value as Packed).$bytes);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return new DataView(bytes.buffer);
  }
  return value;
}

/** The traits of each widget of the page, by the widget's part in it. */
export function pageData(): Record<string, Record<string, unknown>> {
  const data = document.getElementById("crystalviz-data")!.textContent ?? "";
  return JSON.parse(data, revive) as Record<string, Record<string, unknown>>;
}

/** Where the page wants its view. */
export function pageRoot(): HTMLElement {
  return document.getElementById("crystalviz")!;
}
