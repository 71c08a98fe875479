"""A picture of a demo: round-trip time of every ping over time, the lost ones, and the moves marked."""


import math


def draw(pings, moves, path):
    """Write an SVG. Times are shown from the first ping on."""
    import matplotlib  # Here, so that everything else works without it.
    import numpy
    matplotlib.use("svg")
    matplotlib.rcParams["svg.fonttype"] = "none"
    from matplotlib import pyplot

    if not pings:
        return
    start = pings[0].sent
    trips = [(ping.answered - ping.sent) * 1000 if ping.answered else math.nan for ping in pings]
    lost = [ping.sent - start for ping in pings if not ping.answered]
    if len(lost) == len(pings):
        return
    figure, axes = pyplot.subplots(figsize=(14, 6))
    axes.plot([ping.sent - start for ping in pings], trips, linewidth=0.8, color="#2a6f97", label="answered")
    floor, top = numpy.nanmin(trips) / 2, numpy.nanmax(trips)
    axes.plot(lost, [floor] * len(lost), "|", markersize=12, color="#d62828", label=f"lost ({len(lost)})")
    axes.set_yscale("log")
    for move in moves:
        axes.axvline(move.start - start, color="#888888", linewidth=0.8)
        axes.text(move.start - start, top * 2, f" {move.name}: {move.lost} lost, {move.gap_ms:.0f} ms", rotation=40,
                  fontsize=8, ha="left", va="bottom")
    axes.set_ylim(floor / 1.5, top * 2)
    axes.set_xlabel("seconds")
    axes.set_ylabel("round trip, ms")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.legend(loc="lower right", frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(path, bbox_inches="tight")
    pyplot.close(figure)
