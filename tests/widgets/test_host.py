"""The book's host of widgets: what a page shows of a widget that does not run, or that fails later."""

import pytest
from gestures import opened, set_trait
from pages import DESKTOP, PHONE, Visit, served, visit, write_page

from vecnb.widgets import (
    BreakTheGan,
    DragALine,
    DrawDigit,
    RatioOnALine,
    SoftAgainstHard,
    TraceDrawing,
    WalkLatentSpace,
    WatchDescent,
)

SHOWN = "Drag a line: its lines, as strokes"
CAPTION = f"{SHOWN}. A still picture: the live one needs scripts."


def has_still(page, there=True):
    """Whether the reader sees the picture and the caption below it."""
    seen = page.get_by_role("img", name=SHOWN, exact=True), page.get_by_text(CAPTION, exact=True)
    return all(one.is_visible() is there for one in seen)


def test_without_scripts_a_picture_and_its_caption_are_seen(browser, tmp_path):
    write_page(tmp_path, DragALine())
    with browser.new_context(viewport=DESKTOP, java_script_enabled=False) as context:
        page = Visit(context, tmp_path.as_uri()).page
        page.goto(f"{tmp_path.as_uri()}/page.html")
        assert has_still(page)
        assert page.locator(".vecnb-still svg line").count() == 2


def test_a_live_widget_takes_the_place_of_its_picture(browser, tmp_path):
    with opened(browser, tmp_path, DragALine()) as page:
        page.locator(".vecnb-still").wait_for(state="hidden")
        assert has_still(page, there=False)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_several_widgets_share_a_page_from_a_server(browser, tmp_path, viewport):
    """Their style sheets, whose rules overlap, do not disturb each other, in any order."""
    widgets = [BreakTheGan(), DrawDigit(), DragALine(), WalkLatentSpace(), SoftAgainstHard(size=280)]
    widgets.insert(2, TraceDrawing())
    widgets += [WatchDescent(model=None), RatioOnALine()]
    write_page(tmp_path, *widgets)
    style = """(selector) => {
      const style = getComputedStyle(document.querySelector(selector));
      return [style.imageRendering, style.overflow, style.minHeight, style.width];
    }"""
    with served(tmp_path) as address, browser.new_context(viewport=viewport) as context:
        visited = Visit(context, address)
        page = visited.page
        page.goto(f"{address}/page.html")
        page.wait_for_function("() => document.querySelectorAll('.vecnb-still[hidden]').length === 8")
        assert page.evaluate(style, ".vecnb-plane > canvas")[0] == "auto"
        assert page.evaluate(style, ".vecnb-plane > svg")[1] == "hidden"
        assert page.evaluate(style, ".vecnb-card-view > svg")[1] == "hidden"
        assert page.evaluate(style, ".vecnb-board > svg")[1] == "hidden"
        assert page.evaluate(style, ".vecnb-heat-map > canvas")[0] == "pixelated"
        assert page.evaluate(style, ".vecnb-heat-map > svg")[1] == "visible"
        height = page.evaluate(style, ".vecnb-explanation")[2].removesuffix("px")
        assert float(height) == pytest.approx(4.4 * 14.4)  # in em of 0.9 rem
        assert page.evaluate(style, ".vecnb-difference-bar")[3] == "56px"
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        visited.check()


def test_a_module_that_throws_leaves_the_picture_and_a_message(browser, tmp_path):
    widget = DragALine()
    widget._esm = f"throw new Error('spoilt'); {widget._esm}"
    write_page(tmp_path, widget)
    with visit(browser, tmp_path) as page:
        page.get_by_text("This figure could not be brought to life (spoilt).").wait_for()
        assert has_still(page)


def test_a_state_that_is_not_json_is_reported_at_every_widget(browser, tmp_path):
    write_page(tmp_path, DragALine(), DragALine())
    page_file = tmp_path / "page.html"
    text = page_file.read_text(encoding="utf-8")
    page_file.write_text(text.replace('"alpha": 120.0', '"alpha": NaN', 1), encoding="utf-8")
    with visit(browser, tmp_path) as page:
        outputs = page.locator(".cell_output")
        for output in outputs.all():
            output.get_by_text("This figure cannot be read (").wait_for()
            assert output.get_by_text(CAPTION, exact=True).is_visible()
        assert outputs.count() == 2


@pytest.mark.parametrize("where", ["a frame", "a control"])
def test_what_fails_later_is_shown_beside_the_picture(browser, tmp_path, where):
    with opened(browser, tmp_path, DragALine()) as page:
        page.locator(".vecnb-still").wait_for(state="hidden")
        if where == "a frame":
            set_trait(page, "presence", "blob")
            message = 'there is no presence "blob"'
        else:
            page.evaluate("() => { model.save_changes = () => { throw new Error('not connected'); }; }")
            page.get_by_label("soft or").click()
            message = "not connected"
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
RATES = {"learning_rate", "discriminator_learning_rate"}


@pytest.mark.parametrize(
    ("widget", "names"),
    [
        (DragALine, {"alpha", "stroke_width", "sharpness"}),
        (SoftAgainstHard, {"stroke_width", "sharpness"}),
        (BreakTheGan, {"noise", "r1", "discriminator_steps"} | RATES),
        (TraceDrawing, {"detail"}),
        (RatioOnALine, {"noise", "p_width", "q_width"}),
        (WatchDescent, {"n_lines", "stroke_width"}),
    ],
)
def test_the_ends_of_a_slider_are_those_of_its_trait(browser, tmp_path, widget, names):
    with opened(browser, tmp_path, widget()) as page:
        told = page.evaluate(PUSH_ALL)
        page.wait_for_timeout(100)  # a frame
        assert page.get_by_role("alert").count() == 0
    traits = widget.class_traits()
    assert told == {name: [traits[name].min, traits[name].max] for name in names}
