"""`import crystalviz` is light, and every public name can be reached through it."""

import subprocess
import sys

import pytest

import crystalviz as cz

HEAVY = ("tensorflow", "keras", "pandas", "sklearn", "matplotlib", "anywidget", "PIL", "numpy")


def test_import_brings_nothing_heavy():
    code = f"import sys, crystalviz; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", cz.__all__)
def test_public_name_is_there(name):
    assert getattr(cz, name) is not None


def test_submodules_come_by_attribute_alone():
    code = "import crystalviz as cz; print(cz.store.generate_uuid5('a'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert len(done.stdout.strip()) == 36


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'explore'"):
        _ = cz.explore
