"""Views of one analysis share one selection; what they refuse, they refuse by name."""

import pytest
import traitlets

import crystalviz as cz
from crystalviz.widgets import View, ViewStore

WIDGETS = {
    "image-gallery": cz.ImageGallery,
    "force-graph": cz.ForceGraph,
    "pca-scatter": cz.PcaScatter,
    "entropy-scatter": cz.EntropyScatter,
    "image-histogram": cz.ImageHistogram,
    "parallel-coordinates": cz.ParallelCoordinates,
    "cam-accordion": cz.CamAccordion,
    "image-slider": cz.ImageSlider,
    "log-panel": cz.LogPanel,
    "store-status": cz.StoreStatus,
    "explorer": cz.Explorer,
}


@pytest.fixture(autouse=True)
def _nothing_selected(analysis):
    yield
    ViewStore.of(analysis).selected = None


@pytest.mark.parametrize(("kind", "widget"), WIDGETS.items(), ids=list(WIDGETS))
def test_every_widget_carries_its_name_and_little_code(analysis, kind, widget):
    view = widget(analysis)
    assert isinstance(view, View)
    assert view.kind == view.get_state()["_kind"] == kind
    assert len(view.get_state()["_esm"]) < 2000  # the bulk rides in the store, once


def test_views_of_one_analysis_share_a_selection(analysis):
    gallery, graph = cz.ImageGallery(analysis), cz.ForceGraph(analysis)
    image_id = analysis.table["image_id"][3]
    gallery.selected = image_id
    assert graph.selected == image_id
    assert cz.Explorer(graph).selected == image_id
    graph.selected = None
    assert gallery.selected is None


def test_a_view_made_with_a_selection_makes_it(analysis):
    image_id = analysis.table["image_id"][1]
    assert cz.PcaScatter(analysis, selected=image_id).store.selected == image_id


def test_unknown_image_is_refused_with_near_names(analysis):
    view = cz.ImageGallery(analysis)
    wrong = analysis.table["image_id"][0] + "x"
    with pytest.raises(traitlets.TraitError, match="did you mean"):
        view.selected = wrong
    assert view.selected is None


def test_lasso_reaches_python(analysis):
    explorer = cz.Explorer(analysis)
    ids = list(analysis.table["image_id"][:2])
    explorer.store.set_trait("picked", ids)
    assert explorer.picked == ids
    explorer.store.set_trait("picked", [])


def test_limits_of_traits(analysis):
    with pytest.raises(traitlets.TraitError):
        cz.ForceGraph(analysis, k=0)
    with pytest.raises(traitlets.TraitError):
        cz.CamAccordion(analysis, slice_position=101)


def test_store_answers_the_page(analysis):
    store = ViewStore.of(analysis)
    _, (atlas, histograms) = store.page({"page": 0}, [])
    assert atlas[:4] == b"RIFF"
    assert len(histograms) > 0
    _, (picture,) = store.picture({"row": 0}, [])
    assert picture == analysis.pictures.picture(0)
    status, _ = store.poll_status(None, [])
    assert status["objects"] == len(analysis.table)
    assert status["search"] == "exact"


def test_report_reaches_the_log(analysis):
    explorer = cz.Explorer(analysis)
    explorer.report("batch 7 arrived")
    assert explorer.store._messages[-1].startswith("batch 7 arrived")
