"""The page in a real browser: a click shows the line of NumPy and the C, keys do the same, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gradgen.picture import Picture
from tests.picture.browser import Browser, browser, find_browser
from tests.picture.functions import figure

pytestmark = [
    pytest.mark.skipif(find_browser() is None, reason="there is no chromium"),
    pytest.mark.xdist_group("browser"),
]
OWN = "[...document.querySelectorAll('#code .row.own')].map((row) => row.textContent.trim())"
NEST = "[...document.querySelectorAll('#code .row.nest')].map((row) => row.textContent.trim())"
DETAILS = "document.getElementById('details').innerText"
VIEWBOX = "document.querySelector('section:not([hidden]) .view:not([hidden]) svg').getAttribute('viewBox')"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {name: Picture([figure(name)]).save(folder / f"{name}.html") for name in ("logistic", "mixture")}
    made["both"] = Picture([figure("logistic"), figure("log_det")]).save(folder / "both.html")
    return made


def card(name: str) -> str:
    """The selector of a value by its name."""
    made = figure("logistic")
    value = next(value for value, known in made.graph.names.items() if known == name)
    return f'.view:not([hidden]) .card[data-value="{value}"]'


def test_a_click_shows_the_line_and_the_c(page: Browser, files: dict[str, Path]) -> None:
    page.open(files["logistic"])
    assert page.ask(OWN) == []
    page.click(card("margin_bar"))
    said = page.ask(DETAILS)
    assert "margin_bar" in said
    assert "return np.mean(np.log1p(np.exp(-margin))) + 0.5 * mu * (w @ w)" in said
    assert "functions.py:" in said
    assert "f64[569], 4.45 kB" in said
    assert "adjoint sweep" in said
    assert page.ask(OWN) == ["const double margin_bar = -0.0017574692442882249 * gg_expit(minus);"]
    nest = page.ask(NEST)
    assert any(line.startswith("for (ptrdiff_t i0 = 0; i0 < 569") for line in nest)
    assert not any("w_bar[i]" in line for line in nest)
    page.press("Escape")
    assert page.ask(OWN) == []
    assert page.problems() == []


def test_a_click_on_a_box_shows_its_loop(page: Browser, files: dict[str, Path]) -> None:
    page.open(files["logistic"])
    made = figure("logistic")
    number = made.numbers[made.root.inner[1]]
    page.click(f'.view:not([hidden]) .boxed[data-box="{number}"]')
    assert any("w_bar[i]" in line for line in page.ask(NEST))
    assert "loop over 30" in page.ask(DETAILS)


def test_keys_do_what_the_mouse_does(page: Browser, files: dict[str, Path]) -> None:
    page.open(files["logistic"])
    page.ask(f"document.querySelector('{card('margin')}').focus()")
    page.press("Enter")
    assert page.ask(OWN) == ["const double margin = y[i] * product_3[i - i0];"]
    page.press("ArrowDown")
    assert [line.partition(";")[0] for line in page.ask(OWN)] == ["const double minus = -margin"]
    page.press("Tab")
    assert page.ask("document.activeElement.classList.contains('card')")


def test_search_finds_names_and_lines(page: Browser, files: dict[str, Path]) -> None:
    page.open(files["logistic"])
    page.press("/")
    for letter in "expit":
        page.press(letter)
    assert page.ask("document.getElementById('count').textContent") == "2 found"  # itself, and what is made of it
    assert page.ask("document.querySelectorAll('.view:not([hidden]) .hit').length") == 2
    page.press("Enter")
    assert "expit(negative(…))" in page.ask(DETAILS)


def test_wheel_and_drag_move_the_picture(page: Browser, files: dict[str, Path]) -> None:
    page.open(files["logistic"])
    before = [float(number) for number in page.ask(VIEWBOX).split()]
    page.wheel(300, 400, -200)
    zoomed = [float(number) for number in page.ask(VIEWBOX).split()]
    assert zoomed[2] < before[2]
    page.drag((600, 600), (500, 640))
    moved = [float(number) for number in page.ask(VIEWBOX).split()]
    assert moved[0] > zoomed[0]
    assert moved[1] < zoomed[1]
    assert page.ask(OWN) == []


def test_large_graphs_begin_with_their_loops(page: Browser, files: dict[str, Path]) -> None:
    page.open(files["mixture"])
    assert page.ask("document.getElementById('loops').getAttribute('aria-pressed')") == "true"
    first = figure("mixture").numbers[figure("mixture").root.inner[0]]
    page.click(f'.view:not([hidden]) .card[data-box="{first}"]', times=2)
    assert page.ask("document.getElementById('values').getAttribute('aria-pressed')") == "true"
    assert page.ask(f"document.querySelector('.view:not([hidden]) .box.chosen').dataset.box === '{first}'")
    assert page.problems() == []


def test_one_of_several_is_chosen(page: Browser, files: dict[str, Path]) -> None:
    page.open(files["both"])
    assert page.ask("document.getElementById('choice').options.length") == 2
    page.ask(
        "(() => { const c = document.getElementById('choice'); c.value = 1; c.dispatchEvent(new Event('change')); })()"
    )
    assert "log_det" in page.ask("document.getElementById('title').textContent")
    assert page.ask("document.querySelectorAll('section:not([hidden])').length") == 1


def test_it_is_dark_where_the_reader_is(page: Browser, files: dict[str, Path]) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    page.open(files["logistic"])
    assert page.ask(colour) == "rgb(255, 255, 255)"
    page.open(files["logistic"], dark=True)
    assert page.ask(colour) == "rgb(20, 23, 31)"


def test_letters_fit_their_cards(page: Browser, files: dict[str, Path]) -> None:
    page.open(files["mixture"])
    page.press("v")
    sticking = page.ask(
        "[...document.querySelectorAll('.view:not([hidden]) .card, .view:not([hidden]) .pill')].filter((card) =>"
        " [...card.querySelectorAll('text')].some((text) => text.getBBox().width > card.querySelector('rect')"
        ".getBBox().width)).map((card) => card.textContent)"
    )
    assert sticking == []
