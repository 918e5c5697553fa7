"""Splitting counts into timetables: balanced edge-colouring of bipartite multigraphs.

König (1916): a bipartite multigraph whose degrees are at most N splits into N matchings. De Werra (1971): the
matchings can be made of equal size, up to one edge.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

Left = TypeVar("Left", bound=Hashable)
Right = TypeVar("Right", bound=Hashable)
Label = TypeVar("Label")


class Colouring:
    """A proper edge-colouring that grows edge by edge.

    Parameters
    ----------
    colours
        Number of colours N; no vertex may have more than N edges.
    """

    def __init__(self, colours: int) -> None:
        self.colours = colours
        # For each vertex, the edge of each colour. A vertex is (side, name) with side 0 left and 1 right.
        self._at: dict[tuple[int, Hashable], dict[int, int]] = {}
        self._ends: list[tuple[tuple[int, Hashable], tuple[int, Hashable]]] = []
        self._colour: list[int] = []

    def add(self, left: Hashable, right: Hashable) -> int:
        """Add an edge, recolour others where needed, and return its number.

        Raises
        ------
        ValueError
            When an end has as many edges as there are colours already.
        """
        u, v = (0, left), (1, right)
        at_u, at_v = self._at.setdefault(u, {}), self._at.setdefault(v, {})
        alpha = self._free(at_u)
        beta = self._free(at_v)
        if alpha not in at_v:
            colour = alpha
        elif beta not in at_u:
            colour = beta
        else:
            self._swap_path(v, alpha, beta)
            colour = alpha
        edge = len(self._ends)
        self._ends.append((u, v))
        self._colour.append(colour)
        at_u[colour] = at_v[colour] = edge
        return edge

    def _free(self, at: Mapping[int, int]) -> int:
        for colour in range(self.colours):
            if colour not in at:
                return colour
        raise ValueError(f"a vertex has more than {self.colours} edges")

    def colour(self, edge: int) -> int:
        """Return the colour of an edge."""
        return self._colour[edge]

    def has(self, right: Hashable, colour: int) -> bool:
        """Return whether a right vertex has an edge of a colour."""
        return colour in self._at.get((1, right), {})

    def size(self, colour: int) -> int:
        """Return the number of edges of a colour."""
        return self._colour.count(colour)

    def path(self, vertex: tuple[int, Hashable], one: int, other: int) -> list[int]:
        """Return the edges of the path from a vertex that begins with ``one`` and alternates the colours."""
        edges: list[int] = []
        colour = one
        while (edge := self._at[vertex].get(colour)) is not None:
            edges.append(edge)
            u, v = self._ends[edge]
            vertex = v if vertex == u else u
            colour = other if colour == one else one
            if edges[0] == edge and len(edges) > 1:
                break
        return edges

    def end_of(self, path: list[int], start: tuple[int, Hashable]) -> tuple[int, Hashable]:
        """Return the vertex where a path that begins at ``start`` ends."""
        vertex = start
        for edge in path:
            u, v = self._ends[edge]
            vertex = v if vertex == u else u
        return vertex

    def swap(self, path: Iterable[int], one: int, other: int) -> None:
        """Exchange two colours on the edges of a path that ends where they end."""
        path = list(path)
        for edge in path:
            for vertex in self._ends[edge]:
                self._at[vertex].pop(self._colour[edge], None)
        for edge in path:
            self._colour[edge] = other if self._colour[edge] == one else one
            for vertex in self._ends[edge]:
                self._at[vertex][self._colour[edge]] = edge

    def _swap_path(self, vertex: tuple[int, Hashable], one: int, other: int) -> None:
        self.swap(self.path(vertex, one, other), one, other)

    def balance(self) -> None:
        """Make the colours equal in number of edges, up to one."""
        sizes = [self.size(colour) for colour in range(self.colours)]
        while max(sizes) - min(sizes) > 1:
            rich, poor = sizes.index(max(sizes)), sizes.index(min(sizes))
            for vertex, at in self._at.items():
                if rich in at and poor not in at:
                    path = self.path(vertex, rich, poor)
                    if len(path) % 2:
                        self.swap(path, rich, poor)
                        break
            sizes[rich] -= 1
            sizes[poor] += 1


def split_students(
    edges: Iterable[tuple[Left, Right, Label]], students: int
) -> list[list[tuple[Left, Right, Label]]]:
    """Split the placed requests of a group into one clash-free timetable for each student.

    Parameters
    ----------
    edges
        One (wish, period, course) for each placed request;
        no wish and no period comes more than ``students`` times.
    students
        Size of the group.

    Returns
    -------
    list
        For each student its edges; the numbers of edges differ by at most one.
    """
    edges = list(edges)
    colouring = Colouring(students)
    for left, right, _ in edges:
        colouring.add(left, right)
    colouring.balance()
    timetables: list[list[tuple[Left, Right, Label]]] = [[] for _ in range(students)]
    for number, edge in enumerate(edges):
        timetables[colouring.colour(number)].append(edge)
    return timetables


def split_teachers(
    counts: Mapping[tuple[Left, Right], int],
    load: Mapping[Left, int],
    teachers: int,
    day_of: Callable[[Right], int] | None = None,
) -> list[list[tuple[Left, Right]]]:
    """Split the sections of a class into one clash-free week for each teacher.

    Parameters
    ----------
    counts
        Sections of each type in each period, over all teachers of the class.
    load
        Sections of each type that every teacher has.
    teachers
        Size of the class.
    day_of
        Day of a period, when the loads of the days should be alike too.

    Returns
    -------
    list
        For each teacher the type and period of each section.
    """
    colouring = Colouring(teachers)
    edges: list[tuple[Left, Right]] = []
    # A type that each teacher has k times becomes k vertices, each with one edge of every colour.
    for left, times in load.items():
        stream = [right for (one, right), count in counts.items() if one == left for _ in range(count)]
        for position, right in enumerate(stream):
            colouring.add((left, position // teachers), right)
            edges.append((left, right))
        if len(stream) != times * teachers:
            raise ValueError(f"{len(stream)} sections cannot be {times} for each of {teachers} teachers")
    if day_of is not None:
        _even_days(colouring, sorted({right for _, right in edges}, key=repr), teachers, day_of)
    weeks: list[list[tuple[Left, Right]]] = [[] for _ in range(teachers)]
    for number, edge in enumerate(edges):
        weeks[colouring.colour(number)].append(edge)
    return weeks


def _even_days(
    colouring: Colouring, periods: list[Right], teachers: int, day_of: Callable[[Right], int]
) -> None:
    """Make the loads of the first day equal over teachers, up to one; with two days the other follows."""
    first = [period for period in periods if day_of(period) == 0]

    def load(teacher: int) -> int:
        return sum(colouring.has(period, teacher) for period in first)

    loads = [load(teacher) for teacher in range(teachers)]
    while max(loads) - min(loads) > 1:
        rich, poor = loads.index(max(loads)), loads.index(min(loads))
        for period in first:
            if colouring.has(period, rich) and not colouring.has(period, poor):
                start: tuple[int, Hashable] = (1, period)
                path = colouring.path(start, rich, poor)
                side, end = colouring.end_of(path, start)
                if side == 1 and end not in first:
                    colouring.swap(path, rich, poor)
                    break
        else:
            return
        loads[rich], loads[poor] = load(rich), load(poor)
