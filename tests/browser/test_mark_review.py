"""The review beside the mark map, in the offline file: list, answers, filters, what is kept."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import crystalviz as cz
from tests.browser.map_page import STAGE, root, wait_for_data, wait_for_picture


@pytest.fixture(scope="module")
def mark_map():
    """Two small micrographs with one vote a mark: most of what is on them is doubtful."""
    scene = cz.datasets.synthetic_micrographs("hard", images=2, size=640, seed=7)
    votes = scene.votes.groupby("mark_id").head(1).sample(frac=0.3, random_state=0)
    found = cz.consensus.MarkConsensus().fit(scene.marks, votes, scene.reads)
    return cz.MarkMap(found, scene.images, title="Gold on germanium")


@pytest.fixture(scope="module")
def review(mark_map):
    """The doubtful ones in the order of the review, with their names in `name`."""
    table = mark_map.found.doubtful()
    assert len(table) > 30
    assert {"tie", "class"} <= set(table["reason"])
    return table.assign(name=[mark_map._ids[row] for row in table.index])


@pytest.fixture(scope="module")
def map_file(mark_map, tmp_path_factory):
    path = tmp_path_factory.mktemp("review") / "map.html"
    mark_map.to_html(path, progress=False)
    return path


@pytest.fixture
def page(page, page_watch, offline_page, map_file):
    offline_page(page, map_file)
    wait_for_picture(page)
    yield page
    assert page_watch.errors == []


def press(page, *keys):
    page.locator(STAGE).focus()
    for key in keys:
        page.keyboard.press(key)


def answer(page, name):
    return root(page).locator(".cz-inspect-answer").filter(has_text=name).first


def in_sight(page):
    """Names of the list's rows that are wholly in sight, and the one that is selected."""
    return page.evaluate(
        """async () => {
          // The list is laid out with the next frame.
          for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
          const list = document.querySelector('.cz-review-list').getBoundingClientRect();
          const rows = [...document.querySelectorAll('.cz-review-list [role=option]')];
          const whole = (node) => {
            const box = node.getBoundingClientRect();
            return box.top >= list.top - 1 && box.bottom <= list.bottom + 1;
          };
          return [
            rows.filter(whole).map((node) => node.dataset.instanceId),
            rows.find((node) => node.getAttribute('aria-selected') === 'true')?.dataset.instanceId,
          ];
        }"""
    )


def grays(locator):
    """How many grays a canvas shows."""
    return locator.evaluate(
        """node => {
          const data = node.getContext('2d').getImageData(0, 0, node.width, node.height).data;
          return new Set(data.filter((_, i) => i % 4 === 0)).size;
        }"""
    )


def test_the_list_holds_what_is_in_sight_and_follows_the_selection(page, review):
    options = root(page).locator(".cz-review-list [role=option]")
    names = review["name"].tolist()
    assert options.count() < 20
    expect(options.first).to_have_attribute("aria-setsize", str(len(names)))
    for step in range(14):
        press(page, "n")
        wait_for_data(page, "selected", names[step])
        seen, selected = in_sight(page)
        assert selected == names[step]
        # The one before and the one that comes next are in sight too.
        assert {*names[max(0, step - 1) : step + 2]} <= {*seen}
    active = root(page).locator("[role=listbox]").get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("data-instance-id") == names[13]
    assert options.count() < 20


def test_keys_work_at_once_in_a_page_of_its_own(page, review):
    page.keyboard.press("Enter")
    wait_for_data(page, "selected", review["name"].iloc[0])
    page.keyboard.press("x")
    expect(root(page)).to_contain_text(f"1 of {len(review)} settled")


def test_rows_say_what_is_doubtful(page, mark_map, review):
    row = review.iloc[0]
    label = root(page).locator(f'[data-instance-id="{row["name"]}"]').get_attribute("aria-label")
    assert row["reason"] == "tie"
    votes = {name: row[f"votes_{name}"] for name in mark_map.found.classes_}
    tied = [name for name, count in votes.items() if count == max(votes.values())]
    assert "tie: " + ", ".join(f"{name} {votes[name]:g}" for name in tied) in label
    assert "exists" in label


def test_crops_show_the_picture(page, review):
    press(page, "n")
    expect(root(page).locator(".cz-inspect-picture")).to_be_visible()
    page.wait_for_function("document.querySelectorAll('.cz-review-crop').length > 3")
    page.wait_for_timeout(300)
    assert grays(root(page).locator(".cz-review-crop").nth(2)) > 16
    assert grays(root(page).locator(".cz-inspect-picture")) > 24


def test_answers_say_how_likely_they_are(page, mark_map, review):
    press(page, "n")
    row = review.iloc[0]
    chances = {name: row["p_exists"] * row[f"p_label_{name}"] for name in mark_map.found.classes_}
    chances["no instance"] = 1 - row["p_exists"]
    for name, chance in chances.items():
        width = answer(page, name).locator(".cz-inspect-bar span").evaluate("n => n.style.width")
        assert float(width.rstrip("%")) == pytest.approx(100 * chance, abs=0.1)


def test_after_a_press_by_pointer_keys_go_to_the_map(page, mark_map, review):
    names = review["name"].tolist()
    first, second = mark_map.found.classes_[:2]
    press(page, "n")
    answer(page, first).click()
    wait_for_data(page, "selected", names[1])
    # Enter must not press the same answer again.
    page.keyboard.press("1")
    wait_for_data(page, "selected", names[2])
    press(page, "ArrowLeft")
    page.keyboard.press("Shift+ArrowRight")
    page.locator(f'[data-instance-id="{names[0]}"]').click()
    expect(answer(page, first)).to_have_attribute("aria-pressed", "true")
    page.locator(f'[data-instance-id="{names[1]}"]').click()
    expect(answer(page, second)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    expect(root(page)).to_contain_text(f"2 of {len(names)} settled")


def test_controls_reached_by_tab_keep_enter(page, review):
    press(page, "n", "1")
    undo = root(page).get_by_role("button", name="undo")
    undo.focus()
    page.keyboard.press("Enter")
    expect(root(page)).to_contain_text(f"0 of {len(review)} settled")
    expect(undo).to_be_disabled()


def test_lists_of_choices_keep_the_arrows_of_the_keyboard(page, review):
    reasons = root(page).get_by_label("Why they are doubtful")
    reasons.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert reasons.input_value() == "class"
    expect(reasons).to_be_focused()
    # Chosen by pointer, the keys are the map's again.
    reasons.click()
    reasons.select_option("all")
    expect(page.locator(STAGE)).to_be_focused()
    page.keyboard.press("n")
    wait_for_data(page, "selected", review["name"].iloc[0])


def test_filters_narrow_the_list_and_what_the_keys_go_through(page, mark_map, review):
    root(page).get_by_label("Why they are doubtful").select_option("class")
    unsure = review[review["reason"] == "class"]
    assert in_sight(page)[0][:2] == unsure["name"].tolist()[:2]
    press(page, "n", "n")
    wait_for_data(page, "selected", unsure["name"].iloc[1])
    root(page).get_by_label("Why they are doubtful").select_option("all")
    images = mark_map._scene["images"]
    here = images.index(unsure["image_id"].iloc[1])
    root(page).get_by_label("Images of the list").select_option("here")
    options = root(page).locator(".cz-review-list [role=option]")
    for image in (images[here], images[(here + 1) % len(images)]):
        wait_for_data(page, "imageId", image)
        count = (review["image_id"] == image).sum()
        expect(options.first).to_have_attribute("aria-setsize", str(count))
        # The list follows the image that is shown.
        press(page, "]")


def test_the_sheet_of_keys_opens_and_keeps_keys_from_the_map(page, mark_map, review):
    press(page, "n", "?")
    sheet = page.locator("dialog.cz-review-help")
    expect(sheet).to_be_visible()
    expect(sheet).to_contain_text(f"it is: {mark_map.found.classes_[0]}")
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(root(page)).to_contain_text(f"0 of {len(review)} settled")
    page.keyboard.press("1")
    expect(root(page)).to_contain_text(f"1 of {len(review)} settled")


def test_the_legend_hides_a_class_on_the_map(page, mark_map):
    painted = """() => {
      const canvas = document.querySelector('.cz-map-instances');
      const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      let count = 0;
      for (let i = 3; i < data.length; i += 4) count += data[i] > 0;
      return count;
    }"""
    whole = page.evaluate(painted)
    items = root(page).locator(".cz-mark-legend-item")
    here = mark_map.found.instances_.query("image_id == @mark_map.image_id")["label"]
    for name in mark_map.found.classes_:
        expect(items.filter(has_text=name)).to_contain_text(str((here == name).sum()))
    for item in items.all():
        item.click()
    page.wait_for_timeout(200)
    assert page.evaluate(painted) < 0.05 * whole
    for item in items.all():
        expect(item).to_have_attribute("aria-pressed", "false")
        item.click()
    page.wait_for_timeout(200)
    assert page.evaluate(painted) == whole


def test_decisions_outlive_the_tab(page, review):
    press(page, "n", "1", "x")
    expect(root(page)).to_contain_text(f"2 of {len(review)} settled")
    page.reload()
    wait_for_picture(page)
    expect(root(page)).to_contain_text("2 decisions of your last visit are here again")
    expect(root(page)).to_contain_text(f"2 of {len(review)} settled")
    press(page, "u")
    expect(root(page)).to_contain_text(f"1 of {len(review)} settled")


@pytest.mark.viewport(width=400, height=900, theme="light")
def test_answers_are_large_enough_for_a_finger(page, browser, map_file, review):
    context = browser.new_context(
        has_touch=True, is_mobile=True, viewport={"width": 400, "height": 900}
    )
    touch = context.new_page()
    touch.goto(map_file.as_uri())
    wait_for_picture(touch)
    row = touch.locator(".cz-review-list [role=option]").first
    row.tap()
    wait_for_data(touch, "selected", review["name"].iloc[0])
    box = answer(touch, "no instance").bounding_box()
    assert box["height"] >= 36
    answer(touch, "no instance").tap()
    expect(root(touch)).to_contain_text(f"1 of {len(review)} settled")
    context.close()


def test_without_pictures_crops_show_the_marks(page, mark_map, tmp_path):
    bare = tmp_path / "bare.html"
    cz.MarkMap(mark_map.found).to_html(bare, progress=False)
    page.goto(bare.as_uri())
    press(page, "n")
    page.wait_for_timeout(300)
    crop = root(page).locator(".cz-inspect-picture")
    assert 3 < grays(crop) < 200
