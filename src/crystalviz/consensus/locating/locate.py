"""Finding the instances: share the marks out, move the centres, learn the volunteers, repeat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from crystalviz.consensus.locating.canvas import Canvas
from crystalviz.consensus.locating.existence import Kind, existence
from crystalviz.consensus.locating.merging import merged
from crystalviz.consensus.locating.readers import Readers
from crystalviz.consensus.locating.sharing import Links, share
from crystalviz.consensus.locating.start import Guess, first_centres, first_guess

# Merging is dear and changes much: early, when splits are fresh, then ever more rarely.
_MERGE_AT = (1, 2, 4, 6, 8, 10, 13, 16, 20)
_ROUNDS = 25
_AT_REST_AFTER = 7
# Times the first guess of the jitter.
_BOUNDS = (0.75, 1.15)
# In jitters: a mark this near to a centre is rather its than a stray.
_DRAWS_IN = 2.5
# Less than this many marks is no place, nor is less than a tenth of what is usual. The first
# centres are many for one instance, and each has less than that until they are merged.
_FEWEST = 1.5
_SHARE = 0.1
_FEWEST_FIRST = 0.6
_FIRST_ROUNDS = 4


@dataclass
class Located:
    """The places that were found.

    Attributes
    ----------
    image : (k,) int
        Their images.
    x, y : (k,) float
        Their centres, in pixels of the image.
    hits, chances : (k,) float
        Marks that belong to each, and reads that showed it.
    probability : (k,) float
        That it is an instance.
    radius : (k,) float
        Standard error of the centre, pixels: what repeating the whole experiment would move it by.
    links : Links
        Which marks may belong to which place.
    share : (p,) float
        The share of each link's mark that does.
    stray : (n,) float
        The share of each mark that belongs to none.
    readers : Readers
        The volunteers.
    jitter : float
        Of all volunteers together, pixels.
    kinds : list of Kind
        The kinds of places that readers saw: doubtful ones, firm ones, maybe shared mistakes.
    """

    image: np.ndarray
    x: np.ndarray
    y: np.ndarray
    hits: np.ndarray
    chances: np.ndarray
    probability: np.ndarray
    radius: np.ndarray
    links: Links
    share: np.ndarray
    stray: np.ndarray
    readers: Readers
    jitter: float
    kinds: list[Kind]


def locate(canvas: Canvas, jitter: float | None = None) -> Located:
    """Find the instances that the marks point at.

    Parameters
    ----------
    canvas : Canvas
        Marks and reads.
    jitter : float, optional
        First guess of the marks' standard deviation on each axis, pixels; taken from the marks
        where nothing is said. The volunteers' own are estimated in any case.
    """
    guess = first_guess(canvas)
    if jitter is not None:
        guess.jitter = float(jitter)
    return _settled(canvas, guess).result()


def _settled(canvas: Canvas, guess: Guess) -> _State:
    """Return the centres where they have come to rest, begun with this guess."""
    state = _State(canvas, first_centres(canvas, guess), guess.jitter)
    fewest = max(_FEWEST, 1 + _SHARE * guess.company)
    for number in range(_ROUNDS):
        moved = state.round()
        keep = state.weight > (_FEWEST_FIRST if number < _FIRST_ROUNDS else fewest)
        if number in _MERGE_AT:
            keep &= ~state.merge(keep)
        if not keep.all():
            state.keep(keep)
        elif number > _AT_REST_AFTER and moved < 0.02 * state.jitter:
            break
    return state


class _State:
    """Centres on their way, with what belongs to them."""

    def __init__(self, canvas: Canvas, centres: np.ndarray, jitter: float) -> None:
        self.canvas, self.centres, self.jitter = canvas, centres, jitter
        self._bounds = (_BOUNDS[0] * jitter, _BOUNDS[1] * jitter)
        self.readers = Readers.unknown(canvas.area, len(canvas), jitter)
        self._look_around()

    def _look_around(self) -> None:
        """Find the marks near the centres, and the frames that show them."""
        self.links = Links.within_reach(self.canvas, self.centres, self.jitter)
        self.cover: csr_matrix = self.canvas.cover(self.centres)
        self.chances = self.cover @ self.canvas.reads_of_frame.astype(float)
        self.weight: np.ndarray = np.zeros(len(self.centres))
        self.squared = self.links.squared_distances(self.centres)

    def round(self) -> float:
        """Share the marks out, move the centres, learn the volunteers; return the longest move."""
        canvas, links = self.canvas, self.links
        shares, stray = share(canvas, links, self.squared, self.readers)
        self.weight = np.bincount(links.centre, shares, len(self.centres))
        before = self.centres.copy()
        self._recentre(shares)
        self.squared = links.squared_distances(self.centres)
        self._learn(shares, stray)
        return float(np.abs(self.centres - before).max(initial=0.0))

    def _recentre(self, shares: np.ndarray) -> None:
        """Move centres to the mean of their marks, weighted by how steady each volunteer is."""
        links = self.links
        weight = shares / self.readers.jitter[self.canvas.volunteer[links.mark]] ** 2
        total = np.bincount(links.centre, weight, len(self.centres))
        held = total > 0
        for axis, place in enumerate((links.x, links.y)):
            summed = np.bincount(links.centre, weight * place, len(self.centres))
            self.centres[held, axis] = summed[held] / total[held]

    def _learn(self, shares: np.ndarray, stray: np.ndarray) -> None:
        canvas, links, weight = self.canvas, self.links, self.weight
        rate = weight / np.maximum(self.chances, 1.0)
        # Four marks, or where fewer readers looked most of theirs.
        firm = (weight > np.minimum(3.0, 0.6 * self.chances)) & (rate > 0.35)
        if (rate > 0.35).sum() <= 20 and len(weight):
            # Few places: the better half of them has to do.
            firm = weight >= np.median(weight)
        on_firm = firm[links.centre]
        volunteer = canvas.volunteer[links.mark][on_firm]
        squared = self.squared[on_firm]
        # The centre was fitted to the same marks, which lie nearer to it than to the truth.
        near = np.maximum(1 - 1 / np.maximum(weight[links.centre][on_firm], 1.5), 0.3)
        n = canvas.n_volunteers
        shown = np.asarray(self.cover[firm].sum(0)).ravel()
        self.readers, self.jitter = Readers.estimated(
            np.bincount(volunteer, shares[on_firm] * squared / near, n),
            np.bincount(volunteer, shares[on_firm], n),
            np.bincount(canvas.reads.volunteer, shown[canvas.frame_of_read], n),
            np.bincount(canvas.volunteer, stray, n),
            canvas.area,
            self._bounds,
        )

    def merge(self, keep: np.ndarray) -> np.ndarray:
        """Merge centres that are one; return which went into another."""
        return merged(
            self.canvas,
            self.links,
            self.squared,
            self.centres,
            keep,
            self.weight,
            self.readers,
            self.cover,
            self.jitter,
        )

    def keep(self, which: np.ndarray) -> None:
        """Go on with some of the centres."""
        self.centres = self.centres[which]
        self._look_around()

    def result(self) -> Located:
        """Share the marks out a last time, and say what was found."""
        canvas, links = self.canvas, self.links
        shares, stray = share(canvas, links, self.squared, self.readers)
        k = len(self.centres)
        hits = np.bincount(links.centre, shares, k)
        precision = shares / self.readers.jitter[canvas.volunteer[links.mark]] ** 2
        total = np.maximum(np.bincount(links.centre, precision, k), 1e-12)
        meeting = strays_within_reach(canvas, self.cover, self.readers, self.jitter)
        probability, kinds = existence(hits, self.chances, meeting, stray.sum())
        places = canvas.in_image(self.centres)
        return Located(
            canvas.image_of(self.centres),
            places[:, 0],
            places[:, 1],
            hits,
            self.chances,
            probability,
            1 / np.sqrt(total),
            links,
            shares,
            stray,
            self.readers,
            self.jitter,
            kinds,
        )


def strays_within_reach(
    canvas: Canvas, cover: csr_matrix, readers: Readers, jitter: float
) -> np.ndarray:
    """Return how many stray marks (k,) one expects where a place would draw them in.

    Parameters
    ----------
    cover : (k, f) sparse
        Which frames show which place.
    """
    of_frame = np.bincount(
        canvas.frame_of_read, readers.stray[canvas.reads.volunteer], cover.shape[1]
    )
    expected: np.ndarray = cover @ of_frame * np.pi * (_DRAWS_IN * jitter) ** 2
    return expected
