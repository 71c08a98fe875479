"""A picture of a demo: round-trip time of every ping over time, the lost ones, and the moves marked."""


import math

_APART = 0.016  # Of the picture's width: closer numbers would touch, and climb above each other.


def draw(pings, moves, path):
    """Write an SVG. Times are shown from the first ping on."""
    import matplotlib  # Here, so that everything else works without it.
    import numpy
    matplotlib.use("svg")
    matplotlib.rcParams["svg.fonttype"] = "none"
    from matplotlib import pyplot
    from matplotlib.patches import Patch

    if not pings:
        return
    start = pings[0].sent
    times = [ping.sent - start for ping in pings]
    trips = [(ping.answered - ping.sent) * 1000 if ping.answered else math.nan for ping in pings]
    lost = [ping.sent - start for ping in pings if not ping.answered]
    if len(lost) == len(pings):
        return
    figure, axes = pyplot.subplots(figsize=(14, 6))
    line, = axes.plot(times, trips, linewidth=0.8, color="#2a6f97", label="answered")
    floor, top = numpy.nanmin(trips) / 2, numpy.nanmax(trips) * 2
    axes.vlines(lost, floor / 1.5, floor, linewidth=0.8, color="#d62828")
    axes.set_yscale("log")
    axes.set_ylim(floor / 1.5, top)
    axes.set_xlim(times[0], times[-1])
    heights = number_heights([(move.start - start) / (times[-1] or 1) for move in moves])
    for number, (move, height) in enumerate(zip(moves, heights), start=1):
        axes.axvline(move.start - start, color="#888888", linewidth=0.8)
        axes.annotate(str(number), (move.start - start, 1), (0, 4 + 11 * height), xycoords=("data", "axes fraction"),
                      textcoords="offset points", fontsize=9, ha="center")
    axes.set_xlabel("seconds")
    axes.set_ylabel("round trip, ms")
    axes.yaxis.set_major_formatter("{x:g}")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    # Beside and below the picture, where no line runs.
    words = "\n".join(f"{number:>2}  {move.name}: {move.lost} lost, {move.gap_ms:.0f} ms" for number, move in enumerate(moves, start=1))
    axes.text(1.02, 1, words, transform=axes.transAxes, fontsize=9, va="top", linespacing=1.8)
    axes.legend(handles=[line, Patch(color="#d62828", label=f"lost ({len(lost)})")], loc="upper left",
                bbox_to_anchor=(0, -0.1), ncols=2, frameon=False)
    figure.savefig(path, bbox_inches="tight")
    pyplot.close(figure)


def number_heights(places):
    """How many lines up each number stands, so that none touches another; places are fractions of the width, in order."""
    heights = []
    for i, place in enumerate(places):
        near = {heights[j] for j in range(i) if place - places[j] < _APART}
        heights.append(next(height for height in range(len(near) + 1) if height not in near))
    return heights
