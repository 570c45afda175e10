"""A scene as SVG: by itself with a title and a legend, or as the picture of a page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files

from gradgen.ir import ADJOINT, FORWARD, TANGENT
from gradgen.picture.boxes import Box
from gradgen.picture.place import Point, Rectangle
from gradgen.picture.scene import ARGUMENT, Scene

__all__ = ["KEPT", "LEGEND", "draw", "file"]

MARGIN = 24.0
# The title of a file: lines of so many pixels, letters of so many.
LINE, LETTER, NARROWEST = 19.0, 7.9, 740.0
LEGEND = (
    (ARGUMENT, "argument or table"),
    (FORWARD, "forward sweep"),
    (ADJOINT, "adjoint sweep"),
    (TANGENT, "tangent sweep"),
)
KEPT = "forward value that the adjoint uses: the tape"


def file(scene: Scene, title: str) -> str:
    """A file: title, legend, picture and style sheet; light or dark as the reader has it."""
    width = max(scene.drawing.width + 2 * MARGIN, NARROWEST)
    lines = textwrap.wrap(title, int((width - 2 * MARGIN) / LETTER), subsequent_indent="    ")
    above = len(lines) * LINE + 36
    height = scene.drawing.height + 2 * MARGIN + above
    style = files("gradgen.picture").joinpath("picture.css").read_text(encoding="utf-8")
    heading = [
        f'<text class="heading" x="{MARGIN}" y="{30 + k * LINE:.0f}" xml:space="preserve">{escape(line)}</text>'
        for k, line in enumerate(lines)
    ]
    return "\n".join(
        [
            _opening(width, height, title),
            f"<style>{style}</style>",
            '<rect class="paper" width="100%" height="100%"/>',
            *heading,
            *_legend(scene, above),
            *_body(scene, (width - scene.drawing.width) / 2, above + MARGIN),
            "</svg>\n",
        ]
    )


def draw(scene: Scene, title: str) -> str:
    """The picture alone."""
    drawing = scene.drawing
    opening = _opening(drawing.width + 2 * MARGIN, drawing.height + 2 * MARGIN, title)
    return "\n".join([opening, *_body(scene, MARGIN, MARGIN), "</svg>\n"])


def _opening(width: float, height: float, title: str) -> str:
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="gradgen" {size}>\n<title>{escape(title)}</title>'


def _legend(scene: Scene, y: float) -> Iterator[str]:
    """What the colours mean, of those that occur."""
    x, top = MARGIN, y - 18
    found = {kind for look in scene.looks.values() for kind in look.split()}
    for kind, text in LEGEND:
        if kind in found:
            yield f'<g class="card {kind}"><rect x="{x:.0f}" y="{top}" width="14" height="14" rx="4"/></g>'
            yield f'<text class="legend" x="{x + 20:.0f}" y="{top + 11}">{text}</text>'
            x += 42 + len(text) * 6.2
    if scene.kept:
        yield f'<path class="wire kept" d="M{x:.0f} {top + 7}h24" stroke-width="2.4"/>'
        yield f'<text class="legend" x="{x + 31:.0f}" y="{top + 11}">{KEPT}</text>'


def _body(scene: Scene, left: float, top: float) -> Iterator[str]:
    """Frames, edges over them, then what must be readable."""
    yield f'<g class="all" transform="translate({left:.1f} {top:.1f})">'
    yield from (_frame(scene, box, number) for box, number in scene.boxes.items())
    yield from (line for value in scene.drawing.wires for line in _wires(scene, value))
    yield from (_title(scene, box, number) for box, number in scene.boxes.items())
    yield from (_pill(scene, pair, text) for pair, text in scene.pills.items())
    yield from (_card(scene, value) for value in scene.cards)
    yield "</g>"


def _frame(scene: Scene, box: Box, number: int) -> str:
    at = scene.drawing.frames[box]
    return f'<g class="box {box.kind}" data-box="{number}"><rect {_place(at)} rx="10"/></g>'


def _title(scene: Scene, box: Box, number: int) -> str:
    at, title = scene.drawing.frames[box], escape(box.title)
    button = f'role="button" tabindex="0" aria-label="{title}"'
    return f'<text class="boxed" data-box="{number}" {button} x="{at.x + 11:.1f}" y="{at.y + 16:.1f}">{title}</text>'


def _place(at: Rectangle) -> str:
    return f'x="{at.x:.1f}" y="{at.y:.1f}" width="{at.width:.1f}" height="{at.height:.1f}"'


def _card(scene: Scene, value: int) -> str:
    """A card; of values, ``data-value`` says which, of boxes that are not opened ``data-box``."""
    at, card = scene.drawing.cards[value], scene.cards[value]
    middle, lines = at.x + at.width / 2, [(14.0, "below", card.below)]
    if card.title:
        lines = [(at.height / 2 - 3, "name", card.title), (at.height / 2 + 11, "below", card.below)]
    texts = "".join(f'<text x="{middle:.1f}" y="{at.y + y:.1f}" class="{c}">{escape(t)}</text>' for y, c, t in lines)
    reference = f'data-value="{value}"' if value >= 0 else f'data-box="{-value}"'
    label = escape(", ".join(filter(None, (card.title, card.below, scene.looks[value]))))
    return (
        f'<g class="card {scene.looks[value]}" {reference} role="button" tabindex="0" aria-label="{label}">'
        f'<rect {_place(at)} rx="{7 if card.title else 10}"/>{texts}</g>'
    )


def _pill(scene: Scene, pair: tuple[Box, int], text: str) -> str:
    at, value = scene.drawing.pills[pair], pair[1]
    kept = " kept" if value in scene.tape else ""
    return (
        f'<g class="pill{kept}" data-of="{value}"><rect {_place(at)} rx="8"/>'
        f'<text x="{at.x + at.width / 2:.1f}" y="{at.y + 12:.1f}">{escape(text)}</text></g>'
    )


# --- wires -----------------------------------------------------------------------------------------------


def _wires(scene: Scene, value: int) -> Iterator[str]:
    """The edges of a value, stretches that lead to the same users together."""
    together: dict[frozenset[int], list[tuple[Point, Point]]] = {}
    for stretch, found in scene.drawing.wires[value].items():
        together.setdefault(frozenset(found), []).append(stretch)
    for users, stretches in together.items():
        kept = " kept" if any((value, user) in scene.kept for user in users) else ""
        to = " ".join(map(str, sorted(users)))
        tips = "".join(map(_tip, _ends(scene, users, stretches)))
        width, line = scene.weights[value], "".join(map(_stretch, stretches))
        path = f'<path class="wire{kept}" stroke-width="{width:.2f}" d="{line}"/>'
        head = f'<path class="tip{kept}" d="{tips}"/>' if tips else ""
        yield f'<g class="edge" data-from="{value}" data-to="{to}">{path}{head}</g>'


def _ends(scene: Scene, users: Iterable[int], stretches: Iterable[tuple[Point, Point]]) -> Iterator[Point]:
    """Where stretches meet the cards of users."""
    tops = [scene.drawing.cards[user] for user in users]
    for _, end in stretches:
        if any(abs(top.y - end[1]) < 0.01 and top.x <= end[0] <= top.x + top.width for top in tops):
            yield end


def _stretch(stretch: tuple[Point, Point]) -> str:
    (x, y), (to_x, to_y) = stretch
    if abs(x - to_x) < 0.05:
        return f"M{x:.1f} {y:.1f}V{to_y:.1f}"
    middle = (y + to_y) / 2
    return f"M{x:.1f} {y:.1f}C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}"


def _tip(end: Point) -> str:
    return f"M{end[0] - 3.2:.1f} {end[1] - 6:.1f}h6.4l-3.2 6z"
