"""The page: whole, closed to the network, and whatever a user writes stays text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import gradgen as gg
from gradgen.cli import main
from gradgen.errors import ArgumentError
from gradgen.picture import Picture
from tests.picture.functions import figure

TEXT = """
import numpy as np, gradgen as gg

@gg.export(transform="value_and_grad", x=gg.f64["n"])
def energy(x):
    spring = np.cos(x[1:] - x[:-1]); "</script><script>window.broken = 1</script> & <b> ]]> \\u2028"
    return np.sum(spring)

@gg.export(transform="vjp", A=gg.f64[3, 3], b=gg.f64[3])
def solved(A, b):
    return np.linalg.solve(A, b) @ b
"""


class Elements(HTMLParser):
    """Which elements there are."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kernels.py"
    path.write_text(TEXT)
    return path


def test_nothing_is_fetched() -> None:
    html = Picture([figure("logistic")]).html
    found = Elements(html)
    assert not {"link", "img", "iframe", "object", "base"}.intersection(found.tags)
    assert not {"src", "href", "action"}.intersection(name for name, _ in found.attributes)
    assert "default-src 'none'" in html
    assert "url(" not in html
    assert "@import" not in html
    assert set(re.findall(r"https?://[^\"' <]+", html)) == {"http://www.w3.org/2000/svg"}


def test_what_the_user_wrote_stays_text(file: Path, tmp_path: Path) -> None:
    assert main(["show", str(file), "-o", str(tmp_path / "out.html")]) == 0
    html = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert Elements(html).tags.count("script") == 2
    assert html.count("</script>") == 2
    found = json.loads(html.partition('id="facts">')[2].partition("</script>")[0])
    assert [fact["name"] for fact in found] == ["energy_value_and_grad", "solved_forward_sweep", "solved_adjoint_sweep"]
    springs = [value for value in found[0]["values"].values() if "spring =" in value["text"]]
    assert springs
    assert all("</script><script>" in value["text"] for value in springs)
    assert {value["file"] for value in springs} == {"kernels.py:6"}


def test_the_page_names_no_folder(file: Path, tmp_path: Path) -> None:
    main(["show", str(file), "-o", str(tmp_path / "out.html")])
    assert str(tmp_path) not in (tmp_path / "out.html").read_text(encoding="utf-8")


def test_same_function_same_bytes() -> None:
    lowered = [gg.grad(lambda x: x @ x).lower(gg.f64[100]) for _ in range(2)]
    assert lowered[0]._repr_html_() == lowered[1]._repr_html_()


def test_one_is_chosen_by_name(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(file), "-k", "energy", "-o", str(tmp_path / "deep" / "out.svg")]) == 0
    assert "energy_value_and_grad" in (tmp_path / "deep" / "out.svg").read_text(encoding="utf-8")
    assert "wrote" in capsys.readouterr().out


def test_an_svg_has_one_kernel(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(file), "-o", str(tmp_path / "out.svg")]) == 1
    assert "an SVG shows one kernel, and there are energy_value_and_grad, solved" in capsys.readouterr().err


def test_other_endings_are_refused(tmp_path: Path) -> None:
    lowered = gg.grad(lambda x: x * x).lower(gg.f64)
    with pytest.raises(ArgumentError, match=r"written as \.html or \.svg, not as 'out\.png'"):
        lowered.show(tmp_path / "out.png")


def test_show_writes_and_tells(tmp_path: Path) -> None:
    def square(x):
        return x * x

    fn = gg.value_and_grad(square)
    assert repr(fn.show(gg.f64, path=tmp_path / "a.html")) == "<picture of square_value_and_grad>"
    with pytest.raises(ArgumentError, match="was not called yet"):
        fn.show(path=tmp_path / "b.svg")
    fn(2.0)
    fn.show(path=tmp_path / "b.svg")
    fn.lower(gg.f64).show(tmp_path / "c.svg")
    assert (tmp_path / "b.svg").read_bytes() == (tmp_path / "c.svg").read_bytes()


def test_without_a_path_it_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.delitem(__import__("sys").modules, "ipykernel", raising=False)
    gg.grad(lambda x: x * x).lower(gg.f64).show()
    assert opened[0].startswith("file:")
    path = Path(opened[0].removeprefix("file://"))
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    path.unlink()


def test_notebooks_get_a_frame() -> None:
    html = gg.grad(lambda x: x * x).lower(gg.f64)._repr_html_()
    assert Elements(html).tags == ["iframe"]


def test_the_manual_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[2] / "docs" / "show.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(text.partition("```python\n")[2].partition("```")[0], {})
    assert {path.name for path in tmp_path.iterdir()} == {"loss.html", "loss.svg"}


def test_of_thousands_only_the_loops_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradgen.picture.scene.MOST", 20)
    found = Elements(Picture([figure("logistic")]).html)
    assert [content for name, content in found.attributes if name == "data-view"] == ["loops"]
    assert "forward → logistic, 8 B" in Picture([figure("logistic")]).svg
