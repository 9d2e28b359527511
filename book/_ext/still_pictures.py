"""A Sphinx extension: a widget's still picture stands in the page before the widget.

A widget's output has two forms, a view for scripts and HTML for everyone else, and myst-nb writes only the
view. Here the HTML is written before it, and book/_offline/widgets.js hides it once the widget is alive.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

VIEW = "application/vnd.jupyter.widget-view+json"


class StillPictures(SphinxPostTransform):
    """Prepend the text/html of every output that also has a widget view to that view."""

    default_priority = 3  # before myst_nb's SelectMimeType, 4, which keeps one form

    def run(self, **kwargs: Any) -> None:
        for bundle in self.document.findall(nodes.container):
            if bundle.get("nb_element") == "mime_bundle":
                forms = {form["mime_type"]: form for form in bundle.children}
                if {VIEW, "text/html"} <= forms.keys():
                    forms[VIEW].insert(0, forms["text/html"].children)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_post_transform(StillPictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
