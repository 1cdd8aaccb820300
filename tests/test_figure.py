"""A figure shows itself in a notebook."""

from IPython.core.interactiveshell import InteractiveShell

import crystalviz as cz


def test_a_figure_is_a_picture_without_pyplot() -> None:
    blobs = [[0.0, 0.0], [0.1, 0.0], [0.0, 0.1], [9.0, 9.0], [9.1, 9.0], [9.0, 9.1]]
    figure = cz.suggest_k(blobs, k_max=3, n_references=3).plot()
    shell = InteractiveShell.instance()
    shown, _ = shell.display_formatter.format(figure)
    assert shown["image/png"].startswith(b"\x89PNG")
