"""What every page must keep to, looked up in the browser that shows it."""

from __future__ import annotations

from typing import Any

# Contrast after WCAG 2.2: texts 4.5 : 1, large ones 3 : 1, against the background that is really behind.
_FAINT = """
() => {
  const numbers = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const channel = (value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const over = (top, below) => {
    const alpha = top.length > 3 ? top[3] : 1;
    return [0, 1, 2].map((i) => top[i] * alpha + below[i] * (1 - alpha));
  };
  const behind = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      layers.push(numbers(getComputedStyle(one).backgroundColor));
    }
    return layers.reduceRight((below, top) => over(top, below), [255, 255, 255]);
  };
  const faults = [];
  for (const element of document.querySelectorAll("body, body *")) {
    const texts = [...element.childNodes].filter((one) => one.nodeType === 3 && one.data.trim());
    const filled = element.matches("input:not([type=checkbox], [type=radio], [type=file]), select, textarea");
    if (!(texts.length || filled) || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest("[disabled], svg, script, style, noscript")) continue;
    const style = getComputedStyle(element);
    const below = behind(element);
    const [a, b] = [light(over(numbers(style.color), below)), light(below)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) {
      const text = (texts[0]?.data ?? element.value).trim().slice(0, 40);
      faults.push(`${ratio.toFixed(2)} ${element.tagName} ${text}`);
    }
  }
  return faults;
}
"""


def faint_texts(page: Any) -> list[str]:
    """Return the visible texts that stand out too little, with their contrast."""
    return page.evaluate(_FAINT)


def is_too_wide(page: Any) -> bool:
    """Tell whether the page as a whole must be scrolled sideways."""
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def focus_ring(page: Any) -> float:
    """Return the width in pixels of the ring around what has the focus."""
    return page.evaluate(
        "(() => { const style = getComputedStyle(document.activeElement);"
        " return style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth); })()"
    )


def shown(page: Any) -> Any:
    """Wait until a page has drawn all its cells; return it."""
    page.wait_for_selector("body[data-echelon=ready]")
    return page
