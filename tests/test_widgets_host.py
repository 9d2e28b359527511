"""What a page shows of a widget that does not live, and how far its sliders reach when it does."""

import pytest
from browsing import DESKTOP, Visit, write_page
from hands import exposed, opened, set_trait

from vecnb.widgets import BreakTheGan, DragALine, SoftAgainstHard

SHOWN = "Drag a line: its lines, as strokes"
CAPTION = f"{SHOWN}. A still picture: the live one needs scripts."
DESK = "file, desktop, light"


def has_still(page, there=True):
    """Whether the reader sees the picture and the words below it."""
    seen = page.get_by_role("img", name=SHOWN, exact=True), page.get_by_text(CAPTION, exact=True)
    return all(one.is_visible() is there for one in seen)


def test_without_scripts_a_picture_and_its_caption_are_read(browser, tmp_path):
    write_page(tmp_path, DragALine())
    with browser.new_context(viewport=DESKTOP, java_script_enabled=False) as context:
        visit = Visit(context, tmp_path.as_uri())
        visit.page.goto(f"{tmp_path.as_uri()}/page.html")
        assert has_still(visit.page)
        assert visit.page.locator(".vecnb-still svg line").count() == 2


def test_a_live_widget_takes_the_place_of_its_picture(browser, tmp_path):
    with opened(browser, tmp_path, DragALine(), DESK) as page:
        assert has_still(page, there=False)


def test_so_does_one_that_joins_the_page_after_it_was_built_as_in_a_notebook(browser, tmp_path):
    begin = "render({ model, el }) {"
    late = "const output = el; el = document.createElement('div'); setTimeout(() => output.append(el), 200);"
    with opened(browser, tmp_path, DragALine(), DESK, lambda text: text.replace(begin, begin + late)) as page:
        page.locator(".vecnb-still").wait_for(state="hidden", timeout=20_000)
        assert has_still(page, there=False)


def test_a_module_that_throws_leaves_the_picture_and_says_so(browser, tmp_path):
    write_page(tmp_path, DragALine())
    page_file = tmp_path / "page.html"
    text = page_file.read_text(encoding="utf-8")
    assert "export default {" in text
    spoilt = text.replace("export default {", "throw new Error('spoilt'); export default {")
    page_file.write_text(spoilt, encoding="utf-8")
    with browser.new_context(viewport=DESKTOP) as context:
        visit = Visit(context, tmp_path.as_uri())
        visit.page.goto(f"{tmp_path.as_uri()}/page.html")
        visit.page.get_by_text("This figure could not be brought to life (spoilt).").wait_for()
        assert has_still(visit.page)
        assert visit.complaints == []


def test_a_state_that_is_no_json_is_told_of_at_every_widget(browser, tmp_path):
    write_page(tmp_path, DragALine(), DragALine())
    page_file = tmp_path / "page.html"
    text = page_file.read_text(encoding="utf-8")
    page_file.write_text(text.replace('"alpha": 120.0', '"alpha": NaN', 1), encoding="utf-8")
    with browser.new_context(viewport=DESKTOP) as context:
        visit = Visit(context, tmp_path.as_uri())
        visit.page.goto(f"{tmp_path.as_uri()}/page.html")
        outputs = visit.page.locator(".cell_output")
        for output in outputs.all():
            output.get_by_text("This figure cannot be read (").wait_for()
            assert output.get_by_text(CAPTION, exact=True).is_visible()
        assert outputs.count() == 2 and visit.complaints == []


@pytest.mark.parametrize("way", ["a frame", "a control"])
def test_what_fails_later_is_shown_beside_the_picture(browser, tmp_path, way):
    with opened(browser, tmp_path, DragALine(), DESK, exposed) as page:
        if way == "a frame":
            set_trait(page, "presence", "blob")
            message = 'there is no presence "blob"'
        else:
            page.evaluate("() => { model.save_changes = () => { throw new Error('nobody to tell'); }; }")
            page.get_by_label("soft or").click()
            message = "nobody to tell"
        assert page.get_by_role("alert").text_content() == f"Drag a line: {message}"
        assert has_still(page)


# Sliders

PUSH_ALL = """() => {
  const told = {}, set = model.set.bind(model);
  model.set = (name, value) => { (told[name] ??= []).push(value); set(name, value); };
  for (const input of document.querySelectorAll("input[type=range]")) {
    for (const end of [input.min, input.max]) {
      input.value = end;
      input.dispatchEvent(new Event("input"));
    }
  }
  return told;
}"""


@pytest.mark.parametrize(
    ("widget", "names"),
    [
        (DragALine, {"alpha", "stroke_width", "sharpness"}),
        (SoftAgainstHard, {"stroke_width", "sharpness"}),
        (BreakTheGan, {"noise", "r1", "rate", "critic_rate", "critic_steps"}),
    ],
)
def test_the_ends_of_a_slider_are_those_of_its_trait(browser, tmp_path, widget, names):
    with opened(browser, tmp_path, widget(), DESK, exposed) as page:
        told = page.evaluate(PUSH_ALL)
        page.wait_for_timeout(100)  # a frame
        assert page.get_by_role("alert").count() == 0
    traits = widget.class_traits()
    assert told == {name: [traits[name].min, traits[name].max] for name in names}
