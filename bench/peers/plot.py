"""Plots as SVG: transparent, with colours for light and for dark pages."""

import math
from html import escape

# Told apart in grey and by most who do not see all colours; readable on white and on black.
COLOURS = ["#e8590c", "#1c7ed6", "#868e96", "#5c940d", "#9c36b5", "#0c8599", "#c2255c"]

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-size: 15px; font-weight: 600; }
.small { font-size: 11px; }
.grid { stroke: #8886; stroke-width: 1; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } }
"""


def document(width, height, title, parts):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-label="{escape(title)}">'
        f"<style>{STYLE}</style>{text(10, 20, title, 'title')}{''.join(parts)}</svg>\n"
    )


def text(x, y, words, kind="", anchor="start"):
    kind = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(words)}</text>'


def decades(low, high):
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [10.0**power for power in range(first, max(last, first + 1) + 1)]


def bars(title, groups, label, colours):
    """Groups of bars on a logarithmic scale. `groups` are (name, [(contender, value)])."""
    left, right, bar, gap = 150, 110, 16, 26
    width = 760
    values = [value for _, row in groups for _, value in row]
    ticks = decades(min(values), max(values))
    low, high = math.log10(ticks[0]), math.log10(ticks[-1])

    def x(value):
        return left + (math.log10(value) - low) / (high - low) * (width - left - right)

    parts, y = [], 40
    top = y
    for name, row in groups:
        parts.append(text(10, y + 12, name, "title"))
        y += 20
        for contender, value in row:
            length = max(x(value) - left, 1.5)
            parts.append(text(left - 6, y + 12, contender, anchor="end"))
            parts.append(
                f'<rect x="{left}" y="{y}" width="{length:.1f}" height="{bar - 3}"'
                f' rx="2" fill="{colours[contender]}"/>'
            )
            parts.append(text(left + length + 5, y + 12, label(name, value), "small"))
            y += bar
        y += gap - 12
    grid = [
        f'<line class="grid" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{top}" y2="{y}"/>'
        for tick in ticks
    ]
    return document(width, y + 10, title, grid + parts)


def dots(title, rows, most, colours):
    """A row of dots for each program. `rows` are (name, {contender: value})."""
    left, line, width = 150, 22, 760
    names = list(dict.fromkeys(name for _, row in rows for name in row))

    def x(value):
        return left + min(value, most) / most * (width - left - 30)

    parts, y = [], 62
    at = left
    for name in names:
        parts.append(f'<circle cx="{at}" cy="38" r="5" fill="{colours[name]}"/>')
        parts.append(text(at + 9, 42, name))
        at += 30 + 8 * len(name)
    bottom = y + line * len(rows)
    for tick in range(0, most + 1):
        parts.append(
            f'<line class="grid" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{y - 6}" y2="{bottom}"/>'
        )
        parts.append(text(x(tick), bottom + 14, f"{tick}×", "small", "middle"))
    for program, row in rows:
        parts.append(text(left - 10, y + 12, program, anchor="end"))
        for name, value in row.items():
            parts.append(
                f'<circle cx="{x(value):.1f}" cy="{y + 8}" r="5" fill="{colours[name]}">'
                f"<title>{escape(f'{program}, {name}: {value:.2f}')}</title></circle>"
            )
        y += line
    return document(width, bottom + 24, title, parts)
