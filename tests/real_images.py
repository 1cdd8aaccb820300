"""Real OpenCrystalData images, for those who have them: their licence keeps them out of here.

`CRYSTALVIZ_REAL_IMAGES` names a folder with `cropped/{cex,pg}` and the published values in
`published.json`. Tests of real images exist only where it is set.
"""

import os
from pathlib import Path

REAL_IMAGES = Path(os.environ.get("CRYSTALVIZ_REAL_IMAGES", "/nonexistent"))
HAVE_REAL_IMAGES = REAL_IMAGES.is_dir()
