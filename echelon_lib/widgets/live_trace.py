"""How a run is doing, as a small drawing that costs a page nothing while it has other things to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from echelon_lib.solvers.result import TracePoint

Place = Callable[[float, int], tuple[float, float]]

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 180, 70, 24
_LINES = (
    ("best so far", "incumbent", "#0b4f8a", ""),
    ("no timetable can be under", "bound", "#8a3f07", "6 4"),
)


def live_trace(trace: Sequence[TracePoint]) -> str:
    """Return incumbent and bound of the level that is worked on, over the seconds, as an SVG drawing.

    Parameters
    ----------
    trace
        Moments of a run in their order.

    Returns
    -------
    str
        Markup; empty as long as there are no two moments to draw a line between.
    """
    level = trace[-1].level if trace else 0
    points = [point for point in trace if point.level == level]
    values = [value for point in points for value in (point.incumbent, point.bound) if value is not None]
    if len(points) < 2 or not values:
        return ""
    low, high = min(values), max(values)
    start, end = points[0].seconds, max(points[-1].seconds, points[0].seconds + 1.0)

    def place(seconds: float, value: int) -> tuple[float, float]:
        across = (seconds - start) / (end - start)
        up = (value - low) / (high - low) if high > low else 0.5
        return LEFT + across * (WIDTH - LEFT - 10), 10 + (1 - up) * (HEIGHT - BOTTOM - 20)

    lines = [line for line in _LINES if _known(points, line[1])]
    drawn = "".join(_line(_known(points, name), end, place, colour, dash) for _, name, colour, dash in lines)
    key = "".join(
        f'<tspan x="{LEFT + 250 * at}" fill="{colour}">{"╌╌" if dash else "━━"} {text}</tspan>'
        for at, (text, _, colour, dash) in enumerate(lines)
    )
    axis = "".join(
        f'<text x="{LEFT - 8}" y="{place(start, value)[1] + 4:.1f}" text-anchor="end">{value:,}</text>'
        for value in dict.fromkeys((high, low))
    )
    about = f"Level {level}: best so far {_last(points, 'incumbent')}, bound {_last(points, 'bound')}"
    return (
        f'<svg class="ech-trace" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{about}" '
        f'font-size="12" fill="#1b2733">{axis}{drawn}<text y="{HEIGHT - 6}">{key}</text></svg>'
    )


def _line(known: list[tuple[float, int]], end: float, place: Place, colour: str, dash: str) -> str:
    """Return a line of steps: a value holds until the next is known, the last one to the end."""
    path = ""
    for index, (seconds, value) in enumerate([*known, *[(end, value) for _, value in known[-1:]]]):
        x, y = place(seconds, value)
        path += f"M{x:.1f} {y:.1f}" if index == 0 else f"H{x:.1f}V{y:.1f}"
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dash}"/>'
        if path
        else ""
    )


def _last(points: Sequence[TracePoint], name: str) -> str:
    known = _known(points, name)
    return f"{known[-1][1]:,}" if known else "not known"


def _known(points: Sequence[TracePoint], name: str) -> list[tuple[float, int]]:
    """Return seconds and values of the moments at which there is one."""
    return [(point.seconds, value) for point in points if (value := getattr(point, name)) is not None]
