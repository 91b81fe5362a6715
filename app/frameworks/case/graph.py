"""The graph that associations make: cycles where there may be none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush

Edges = Mapping[str, Sequence[str]]


def edges(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Pairs (from, to) as lists by their beginning."""
    edges_of: dict[str, list[str]] = {}
    for begin, end in pairs:
        edges_of.setdefault(begin, []).append(end)
    return edges_of


def cycles(graph: Edges) -> Iterator[list[str]]:
    """Every knot of nodes that can reach each other (Tarjan's strongly connected components), as one way round it."""
    for knot in _components(graph):
        if len(knot) > 1 or knot[0] in graph.get(knot[0], ()):
            yield _way_round(graph, set(knot), min(knot))


def order(graph: Edges, nodes: Sequence[str]) -> list[str]:
    """The nodes so that what precedes comes first, otherwise in the order given. Edges lead from before to after.

    Nodes in a cycle keep the order given.
    """
    place = {node: n for n, node in enumerate(nodes)}
    waiting = dict.fromkeys(nodes, 0)
    for begin in nodes:
        for end in graph.get(begin, ()):
            if end in place and end != begin:
                waiting[end] += 1
    ready = [n for n, node in enumerate(nodes) if waiting[node] == 0]  # in order: a heap already
    ordered: dict[str, None] = {}
    stuck = 0
    while len(ordered) < len(place):
        if not ready:  # only circles are left: the first of them goes on
            stuck = next(n for n in range(stuck, len(nodes)) if nodes[n] not in ordered)
            ready.append(stuck)
        node = nodes[heappop(ready)]
        if node in ordered:
            continue
        ordered[node] = None
        for end in graph.get(node, ()):
            if end in place and end != node and end not in ordered:
                waiting[end] -= 1
                if waiting[end] == 0:
                    heappush(ready, place[end])
    return list(ordered)


def _components(graph: Edges) -> Iterator[list[str]]:
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for root in graph:
        if root in index:
            continue
        work: list[tuple[str, Iterator[str]]] = [_enter(root, graph, index, low=low, stack=stack, on_stack=on_stack)]
        while work:
            node, ends = work[-1]
            following = next((end for end in ends if end not in index or end in on_stack), None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    yield _leave(node, stack, on_stack)
            elif following in index:
                low[node] = min(low[node], index[following])
            else:
                work.append(_enter(following, graph, index, low=low, stack=stack, on_stack=on_stack))


def _enter(
    node: str, graph: Edges, index: dict[str, int], low: dict[str, int], stack: list[str], on_stack: set[str]
) -> tuple[str, Iterator[str]]:
    index[node] = low[node] = len(index)
    stack.append(node)
    on_stack.add(node)
    return node, iter(graph.get(node, ()))


def _leave(node: str, stack: list[str], on_stack: set[str]) -> list[str]:
    begin = stack.index(node)
    knot = stack[begin:]
    del stack[begin:]
    on_stack.difference_update(knot)
    return knot


def _way_round(graph: Edges, knot: set[str], start: str) -> list[str]:
    """A shortest way from a node of a knot back to it (breadth first)."""
    ways = {start: [start]}
    frontier = [start]
    while frontier:
        reached = []
        for node in frontier:
            for end in graph.get(node, ()):
                if end == start:
                    return [*ways[node], start]
                if end in knot and end not in ways:
                    ways[end] = [*ways[node], end]
                    reached.append(end)
        frontier = reached
    return [start]
