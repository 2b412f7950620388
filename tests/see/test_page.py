"""The page: what its text holds, and what it does in a browser where there is one."""

import json
import re
import shutil

import pytest
from see import samples

from chainrule.see.page import page

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
EVIL = "</script><img src=x onerror=\"document.title='ran'\">\u2028<!--"


def document_in(text):
    found = re.search(r'<script type="application/json" id="document">(.*?)</script>', text, re.S)
    return json.loads(found[1])


def evil():
    """A document whose every text would run, if it could."""

    def spoiled(value, key=None):
        if isinstance(value, dict):
            return {name: spoiled(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [spoiled(item, key) for item in value]
        kept = ("id", "op", "inputs", "outputs", "forward", "backward", "tensor", "module")
        return EVIL if isinstance(value, str) and key not in kept else value

    document = spoiled(samples.scalar())
    document["source"] = {EVIL: [EVIL] * 4}
    document["status"] = {"type": EVIL, "message": EVIL, "file": EVIL, "line": 3, "op": "o3"}
    script = '<math><script>document.title="ran"</script><mi onclick="x">x</mi></math>'
    document["steps"][0]["derivations"][0]["math"]["mathml"] = script
    return document


def test_the_document_is_in_the_page():
    document = samples.scalar()
    found = document_in(page(document))
    assert found["source"] == document["source"]
    assert found["steps"][0]["tensors"] == document["steps"][0]["tensors"]
    assert found["run"] == document["run"]


def test_the_page_is_small_and_loads_nothing():
    text = page(samples.scalar())
    assert len(text) < 200_000
    found = set(re.findall(r"https?://[^'\"\s<]*", text))
    assert found == {"http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"}
    assert "default-src 'none'" in text
    assert not re.findall(
        r"(?:src|href)=(?!\"#)", text.split('id="document"')[0].split("</style>")[1]
    )


def test_no_text_of_the_program_is_markup():
    text = page(evil())
    assert "<img" not in text
    assert "\u2028" not in text.partition("</title>")[2]
    assert text.count("<script") == 2
    assert document_in(text)["program"] == EVIL


def test_the_scripts_write_no_markup():
    script = page({}).rpartition("<script>")[2]
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_json_lacks(number):
    found = document_in(page({"run": {"loss": [number]}}))
    assert found["run"]["loss"] == [str(number)]


def test_a_lone_surrogate_is_written_as_json():
    assert document_in(page({"program": "\udc80"}))["program"] == "\udc80"


def test_template_marks_in_the_program_stay_as_they_are():
    assert document_in(page({"program": "{{style}}"}))["program"] == "{{style}}"


# ---- in a browser


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    if BROWSER is None:
        pytest.skip("needs Chromium")
    with api.sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        opened = playwright.chromium.launch(executable_path=BROWSER, args=flags)
        yield opened
        opened.close()


@pytest.fixture
def show(browser, tmp_path):
    """Opens a document from disk; whatever the console or a script complains of fails the test."""
    complaints = []
    context = browser.new_context(viewport={"width": 1400, "height": 900})

    def opened(document):
        file = tmp_path / "trace.html"
        file.write_text(page(document), encoding="utf-8")
        tab = context.new_page()
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.goto(file.as_uri())
        return tab

    yield opened
    context.close()
    assert not complaints


def text_of(tab, key):
    return tab.locator(f'#canvas [data-key="{key}"]').text_content()


def classes(tab, key):
    return set(tab.locator(f'#canvas [data-key="{key}"]').get_attribute("class").split())


def test_every_value_and_gradient_is_on_its_node(show):
    tab = show(samples.scalar())
    for tensor in samples.scalar()["steps"][0]["tensors"]:
        shown = text_of(tab, tensor["id"])
        assert (tensor["name"] or "") in shown
        assert tensor["value"]["text"] in shown
        assert (tensor["grad"] is None) == ("∇" not in shown)
        assert tensor["grad"] is None or f"∇ {tensor['grad']['text']}" in shown


def test_stepping_by_keyboard(show):
    tab = show(samples.scalar())
    tab.keyboard.press("Home")
    assert {"todo"} <= classes(tab, "t4")
    tab.keyboard.press("ArrowRight")
    assert "now" in classes(tab, "o1")
    assert not {"todo"} & classes(tab, "t4")
    assert "loss = (x * w - y) ** 2" in tab.locator("#source li.now").text_content()
    for _ in range(3):
        tab.keyboard.press("ArrowRight")
    assert "back" in classes(tab, "o3")
    assert "waiting" in classes(tab, "t2")
    assert not {"waiting"} & classes(tab, "t5")
    assert tab.locator("#chain .row.back").count() == 1
    tab.keyboard.press("End")
    assert not {"waiting"} & classes(tab, "t2")
    tab.keyboard.press("ArrowLeft")
    assert "back" in classes(tab, "o2")


def test_space_plays_to_the_end(show):
    tab = show(samples.scalar())
    tab.keyboard.press("Home")
    tab.keyboard.press(" ")
    tab.get_by_text("forward 2 of 3").wait_for()
    tab.keyboard.press(" ")
    assert int(tab.locator("#position").input_value()) <= 3


def test_a_factor_of_the_chain_rule_selects_its_node(show):
    tab = show(samples.scalar())
    tab.locator("#chain .factor").first.click()
    assert "selected" in classes(tab, "o3")
    assert "local derivatives" in tab.locator("#node").text_content()


def test_a_module_collapses_and_opens(show):
    tab = show(samples.network())
    count = tab.locator("#canvas [data-key]").count()
    tab.locator('#canvas [data-key="m:net"]').press("Enter")
    assert tab.locator("#canvas [data-key]").count() == 2
    assert "4 operations" in text_of(tab, "m:net")
    tab.locator('#canvas [data-key="m:net"]').press("Enter")
    assert tab.locator("#canvas [data-key]").count() == count
    assert tab.locator("#canvas .heat").count() == 9


def test_the_step_selector(show):
    tab = show(samples.network())
    tab.locator("#step").select_option(label="7")
    assert tab.locator("#loss").text_content() == ""


def test_a_large_graph_opens_collapsed_and_steps(show):
    tab = show(samples.chain(2500))
    assert tab.locator("#canvas [data-key]").count() < 150
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowRight")
    assert tab.locator("#canvas .now > .card").count() == 1


def test_the_run_is_drawn(show):
    tab = show(samples.scalar())
    titles = tab.locator("figure h3").all_text_contents()
    curves = ["loss", "loss by w", "loss by w and b", "the fit", "the boundary", "parameters"]
    assert titles == [*curves, "gradient norms", "update norms", "learning rate"]
    assert tab.locator(".regions.now rect").count() == 3


def test_a_crash_is_marked(show):
    document = samples.scalar()
    place = {"file": "line.py", "line": 3, "op": "o2"}
    document["status"] = {"type": "RuntimeError", "message": "no", **place}
    tab = show(document)
    assert "RuntimeError no (line.py, line 3)" in tab.locator("#status.wrong").text_content()
    assert "wrong" in classes(tab, "o2")
    assert tab.locator("#source li.wrong").count() == 1


@pytest.mark.parametrize("document", [{}, {"program": "empty.py", "steps": [{}], "run": {}}])
def test_nothing_is_a_page_too(show, document):
    tab = show(document)
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press(" ")
    assert "Nothing was" in tab.locator("#chain").text_content()


def test_no_text_of_the_program_runs(show):
    tab = show(evil())
    for key in ("Home", "ArrowRight", "ArrowRight", "End"):
        tab.keyboard.press(key)
    assert tab.title() != "ran"
    assert tab.locator("img").count() == 0
    assert tab.locator("math script").count() == 0
