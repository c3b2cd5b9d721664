"""The page in a browser, from end to end: wide and narrow, light and dark, by mouse, by keyboard and by pen."""

import json
from importlib import resources

import browser
import pytest
from mocrograd.playground import site as module

pytestmark = pytest.mark.skipif(browser.FOUND is None, reason="there is no Chromium")
WIDTHS = (1280, 390)


@pytest.fixture
def page(tmp_path):
    with browser.Browser(tmp_path / "profile") as found:
        yield found
        assert [error for error in found.errors if "status of 4" not in str(error)] == []


def opened(page, site, width=1280, dark=False):
    page.open(site.address, width=width, dark=dark)
    page.until("document.getElementById('fact-epoch').textContent === '0'")


def text(page, name):
    return page.value(f"document.getElementById({json.dumps(name)}).textContent")


def click(page, selector):
    page.value(f"document.querySelector({json.dumps(selector)}).click(); 0")


def change(page, name, value):
    page.value(
        f"(() => {{ const field = document.getElementById('choices').elements[{json.dumps(name)}];"
        f"field.value = {json.dumps(value)}; field.dispatchEvent(new Event('change', {{bubbles: true}})); }})(); 0"
    )


def key(page, name, times=1):
    code = {"Space": " "}.get(name, name)
    given = {"key": code, "code": name, "windowsVirtualKeyCode": {"Tab": 9, "Enter": 13, "Space": 32, "ArrowLeft": 37,
             "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Delete": 46}[name]}  # fmt: skip
    if name in ("Enter", "Space"):
        given["text"] = "\r" if name == "Enter" else " "
    for _ in range(times):
        page.call("Input.dispatchKeyEvent", type="keyDown", **given)
        page.call("Input.dispatchKeyEvent", type="keyUp", **{k: v for k, v in given.items() if k != "text"})


def tab_to(page, selector, most=60):
    """Press Tab until an element has the focus."""
    for _ in range(most):
        if page.value(f"document.activeElement === document.querySelector({json.dumps(selector)})"):
            return
        key(page, "Tab")
    raise AssertionError(f"Tab does not reach {selector}")


def upload(page, content, tmp_path):
    path = tmp_path / f"table{len(list(tmp_path.glob('*.csv')))}.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = page.call("Runtime.evaluate", expression="document.querySelector('[name=file]')")["result"]["objectId"]
    page.call("DOM.setFileInputFiles", files=[str(path)], objectId=found)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("data", ["moons", "circles", "digits"])
def test_a_visitor_sees_a_network_learn_and_the_kernels_that_run(site, page, width, data):
    opened(page, site, width)
    if data != "moons":
        click(page, f"[value={data}]")
        page.until(f"document.getElementById('shape').textContent.startsWith('{64 if data == 'digits' else 2} ')")
    change(page, "speed", "full")
    click(page, "#run")
    page.until("parseFloat(document.getElementById('fact-accuracy').textContent) > 90")
    page.until("document.getElementById('run').textContent === 'Pause'")
    for name in ("original", "fixed", "dynamic"):
        click(page, f"[value={name}]")
        page.until(f"(document.querySelector('#total [data-of={name}].current')?.textContent ?? '').endsWith('s')")
    assert page.value("document.querySelectorAll('#part-curves svg').length") == 2
    what = ".confusion" if data == "digits" else ".boundary image"
    assert page.value(f"document.querySelectorAll('#picture {what}').length") == 1
    assert page.value("document.querySelectorAll('#picture .gallery img').length > 0") == (data == "digits")
    click(page, "#run")
    page.until("document.getElementById('run').textContent === 'Start'")
    names = page.value("[...document.querySelectorAll('#rows button')].map(b => b.textContent)")
    assert {"matmul.forward.float32", "tanh.backward.float32", "adam.float32"} <= set(names)
    click(page, "[data-kernel='tanh.backward.float32'] button")
    page.until("document.getElementById('source-name').textContent === 'Tanh'")
    assert "return dy * (1 - y * y)" in page.value(
        "[...document.querySelectorAll('.inside')].map(line => line.textContent).join('\\n')"
    )
    assert page.value(
        "(() => { const pre = document.getElementById('source-text').getBoundingClientRect();"
        "const line = document.querySelector('.inside').getBoundingClientRect();"
        "return line.top >= pre.top && line.bottom <= pre.bottom; })()"
    )
    assert page.overflow() <= 0
    addresses = {a for a in page.requests if not a.startswith("data:")}
    assert all(address.startswith(site.address) for address in addresses)
    assert page.errors == []


def test_steps_and_resets(site, page):
    opened(page, site)
    for step in ("1", "2"):
        click(page, "#step")
        page.until(f"document.getElementById('fact-step').textContent === '{step}'")
    click(page, "#reset")
    page.until("document.getElementById('fact-step').textContent === '0'")
    assert page.value("document.querySelectorAll('#rows tr').length") == 0
    assert page.value("document.getElementById('source').hidden")
    change(page, "layers", "4")
    page.until("document.getElementById('shape').textContent.startsWith('2 → 16 → 16 → 16 → 16 → 2,')")
    change(page, "rate", "0.5")
    click(page, "#step")
    page.until("document.getElementById('fact-step').textContent === '1'")
    (session,) = site.sessions.values()
    assert session._learner.optimizer.param_groups[0]["lr"] == 0.5


def test_names_in_the_source_lead_to_their_definitions_and_back(site, page):
    opened(page, site)
    click(page, "#step")
    page.until("document.getElementById('source-name').textContent === 'MatMul'")
    click(page, "#source-text a[href$=':matmul_naive']")
    page.until("document.getElementById('source-name').textContent === 'matmul_naive'")
    assert text(page, "source-file") == "mojo_kernels/matmul/naive.mojo"
    click(page, "#source-links button")
    page.until("document.getElementById('source-name').textContent === 'MatMul'")
    click(page, "[data-kernel='linear.backward.float32'] button")
    page.until("document.getElementById('source-file').textContent.endsWith('linear.mojo')")
    assert page.errors == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_drawn_digit_is_read_as_the_pen_moves(site, page, width):
    opened(page, site, width)
    click(page, "[value=digits]")
    page.until("!document.getElementById('drawing').hidden")
    change(page, "width", "64")
    change(page, "speed", "full")
    click(page, "#run")
    page.until("Number(document.getElementById('fact-epoch').textContent.replace(',', '')) > 30", seconds=60)
    click(page, "#run")
    page.until("document.getElementById('run').textContent === 'Start'")
    box = page.value(
        "document.getElementById('canvas').scrollIntoView({block: 'center'});"
        "(() => { const b = document.getElementById('canvas').getBoundingClientRect(); return [b.left, b.top, b.width]; })()"
    )

    def mouse(kind, x, y):
        at = {"x": box[0] + x * box[2], "y": box[1] + y * box[2]}
        page.call("Input.dispatchMouseEvent", type=kind, button="left", buttons=1, clickCount=1, **at)

    mouse("mousePressed", 0.3, 0.17)
    seen = []
    for share in range(1, 11):
        mouse("mouseMoved", 0.3 + 0.04 * share, 0.17)
        seen.append(page.value("document.querySelector('.best b')?.textContent"))
    for share in range(1, 15):
        mouse("mouseMoved", 0.7 - 0.018 * share, 0.17 + 0.048 * share)
    mouse("mouseReleased", 0.45, 0.85)
    page.until("document.querySelector('.best b')?.textContent === '7'")
    assert any(seen)  # before the pen was lifted
    assert page.value("document.querySelector('#seen img').naturalWidth") == 8
    assert page.overflow() <= 0
    click(page, "#clear")
    page.until("document.querySelector('.best') === null")
    assert page.errors == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_keyboard_alone_does_everything(site, page, width):
    opened(page, site, width)
    tab_to(page, "[value=moons]")
    key(page, "ArrowRight", 2)
    page.until("document.getElementById('shape').textContent.startsWith('64 ')")
    tab_to(page, "[name=layers]")
    key(page, "ArrowUp")
    key(page, "Tab")
    page.until("document.getElementById('shape').textContent.startsWith('64 → 16 → 16 → 16 → 10')")
    tab_to(page, "[value=dynamic]")
    key(page, "ArrowLeft")
    page.until("document.querySelector('[value=fixed]').checked && !document.getElementById('workers').hidden")
    tab_to(page, "#run")
    key(page, "Space")
    page.until("Number(document.getElementById('fact-epoch').textContent) >= 2")
    key(page, "Enter")
    page.until("document.getElementById('run').textContent === 'Start'")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.value(outline) == "solid"
    tab_to(page, "#canvas")
    key(page, "ArrowUp", 6)
    key(page, "Space")
    key(page, "ArrowDown", 12)
    key(page, "Space")
    page.until("document.querySelector('.best') !== null")
    (session,) = site.sessions.values()
    assert len(session._drawing) == 1
    key(page, "Delete")
    page.until("document.querySelector('.best') === null")
    tab_to(page, "[data-kernel='adam.float32'] button")
    key(page, "Enter")
    page.until("document.getElementById('source-name').textContent === 'Adam'")
    tab_to(page, "#source-links button")
    key(page, "Enter")
    page.until("document.getElementById('source-name').textContent === 'Update'")
    tab_to(page, "#source-text")
    key(page, "ArrowDown", 3)
    assert page.errors == []


def test_the_focus_stays_while_the_table_is_written_again(site, page):
    opened(page, site)
    click(page, "#run")
    page.until("document.querySelectorAll('#rows button').length > 3")
    page.value("document.querySelectorAll('#rows button')[2].focus(); 0")
    epoch = text(page, "fact-step")
    page.until(f"document.getElementById('fact-step').textContent !== '{epoch}'")
    assert page.value("document.activeElement === document.querySelectorAll('#rows button')[2]")


def test_a_csv_file_is_learned_and_a_broken_one_is_refused_with_a_sentence(site, page, tmp_path):
    opened(page, site)
    click(page, "[value=csv]")
    page.until("!document.getElementById('file').hidden")
    rows = "\n".join(f"{i % 7},{i % 5},{'odd' if i % 2 else 'even'}" for i in range(60))
    upload(page, f"a,b,kind\n{rows}\n", tmp_path)
    page.until(
        "document.getElementById('shape').textContent.startsWith('2 → 16 → 16 → 2, 354 parameters · 48 samples')"
    )
    click(page, "#step")
    page.until("document.getElementById('fact-step').textContent === '1'")
    for content, sentence in (
        ("a,b,kind\n1,2\n", "The CSV file: row 2 has 2 values, but there are 3 columns."),
        ("a,b,kind\n1,two,x\n", "The CSV file: row 2, column 'b': expected a finite number, got 'two'."),
        ("", "The CSV file is empty."),
        ("x" * 3_000_000, "The CSV file has 2,930 KiB, more than 1024."),
        (b"\x89PNG\r\n\x1a\n\x00\xff,\x00\n", None),
    ):
        upload(page, content, tmp_path)
        if sentence is None:
            page.until("document.getElementById('fault').textContent.startsWith('The CSV file')")
        else:
            page.until(f"document.getElementById('fault').textContent === {json.dumps(sentence)}")
        assert not page.value("document.getElementById('fault').hidden")
        assert page.overflow() <= 0
        upload(page, f"a,b,kind\n{rows}\n", tmp_path)
        page.until("document.getElementById('fault').hidden")
    click(page, "#step")
    page.until("document.getElementById('fact-step').textContent === '1'")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("width", "100000", "The width of the layers must be a whole number from 1 to 256, got 100000."),
        ("layers", "-3", "The number of hidden layers must be a whole number from 0 to 6, got -3."),
        ("layers", "", "The number of hidden layers must be a whole number from 0 to 6, got nothing."),
        ("rate", "0", "The learning rate must be a number above 0 and at most 10, got 0."),
    ],
)
def test_an_absurd_choice_is_refused_on_the_page(site, page, name, value, sentence):
    opened(page, site, 390)
    change(page, name, value)
    page.until(f"document.getElementById('fault').textContent === {json.dumps(sentence)}")
    assert page.overflow() <= 0
    change(page, name, "1")
    page.until("document.getElementById('fault').hidden")


def test_a_tab_that_is_left_ends_its_training_and_a_reloaded_one_begins_anew(site, page):
    opened(page, site)
    click(page, "#run")
    page.until("document.getElementById('run').textContent === 'Pause'")
    (first,) = site.sessions
    page.open("about:blank#left")
    page.until("location.href === 'about:blank#left'")
    with site._changing:
        assert site._changing.wait_for(lambda: not site.sessions, 10)
    opened(page, site)
    assert list(site.sessions) != [first]
    for _ in range(2 * module.MOST_TABS):
        opened(page, site)
    assert text(page, "fault") == ""


def test_the_page_says_when_the_playground_has_ended(site, page):
    opened(page, site)
    click(page, "#run")
    page.until("document.getElementById('run').textContent === 'Pause'")
    site.close()
    page.until("document.getElementById('fault').textContent === 'The playground has ended.'")
    assert page.value("['run', 'step', 'reset'].every(name => document.getElementById(name).disabled)")
    assert page.errors == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(site, page, width, dark):
    script = resources.files(pytest.importorskip("axe_core_python")).joinpath("axe.min.js").read_text()
    opened(page, site, width, dark)
    for data in ("moons", "digits", "csv"):
        click(page, f"[value={data}]")
        page.until(f"document.getElementById('drawing').hidden !== {json.dumps(data == 'digits')} || {data == 'csv':d}")
        if data != "csv":
            click(page, "#step")
            page.until("document.querySelectorAll('.inside').length > 3")
        else:
            change(page, "width", "0")
            click(page, "[value=fixed]")
        page.value(
            f"{script}; window.found = null; axe.run().then(r => window.found = JSON.stringify(r.violations)); 0"
        )
        page.until("window.found !== null", seconds=60)
        found = json.loads(page.value("window.found"))
        assert [(v["id"], n["html"], n["failureSummary"]) for v in found for n in v["nodes"]] == []
