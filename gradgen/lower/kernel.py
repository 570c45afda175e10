"""The whole way from a graph to a kernel of loop nests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradgen.ir import Graph, rebuild
from gradgen.lower.by_rows import by_rows
from gradgen.lower.collapse import collapse
from gradgen.lower.comments import comment_once
from gradgen.lower.dead import drop_dead, mentioned
from gradgen.lower.externals import externals
from gradgen.lower.memory import Memory, dimensions
from gradgen.lower.names import c_name
from gradgen.lower.nests import Nests
from gradgen.lower.parts import cut_parts
from gradgen.lower.plan import Plan, lowering_of, make_plan
from gradgen.lower.schedule import Item, arrange
from gradgen.lower.short import write_out
from gradgen.lower.storage import make_rooms
from gradgen.lower.task import make_tasks
from gradgen.nest import Kernel
from gradgen.ops import Value
from gradgen.ops.lowering import Leaf, Reshaping
from gradgen.ops.shape import copy
from gradgen.trace import least_sizes

__all__ = ["lower"]

# What a kernel takes, used or not.
ARGUMENTS = ("input", "output")


def make_memory(graph: Graph, plan: Plan, items: Sequence[Item]) -> Memory:
    """How values are called and read, by the schedule."""
    return Memory(graph, plan, make_rooms(graph, items))


def lower(graph: Graph, remember: Callable[[Graph, Plan, Sequence[Item]], Memory] = make_memory) -> Kernel:
    """Lower an optimised graph.

    Parameters
    ----------
    graph : Graph
        Its inputs become the kernel's arguments, its outputs the results, in order.
    remember : callable, optional
        Makes the memory, which names every value; `gradgen.picture` has one whose names tell whose they are.

    Returns
    -------
    Kernel
        Loop nests; `gradgen.c.emit` prints them.
    """
    graph = _own_outputs(graph)
    plan = make_plan(graph)
    items = arrange(graph, by_rows(graph, plan, write_out(graph, plan, make_tasks(graph, plan))))
    memory = remember(graph, plan, items)
    body = drop_dead(Nests(graph, plan, memory).write(items), memory.arrays.values())
    body = collapse(body, memory.arrays.values())
    body = comment_once(body)
    named = mentioned(body)
    arrays = [array for array in memory.arrays.values() if array.storage in ARGUMENTS or array.name in named]
    arguments = ", ".join(f"{memory.array_of(i)}: {graph[i].type}" for i in graph.inputs)
    results = ", ".join(f"{memory.array_of(o)}: {graph[o].type}" for o in graph.outputs)
    kernel = Kernel(
        name=c_name(graph.name),
        title=f"{c_name(graph.name)}({arguments}) -> ({results})",
        dims=dimensions(graph),
        arrays=tuple(arrays),
        body=body,
        work_size=memory.work_size if any(array.storage == "arena" for array in arrays) else 0,
        least=tuple(sorted((name, size) for name, size in least_sizes(graph).items() if size > 0)),
        externals=externals(body),
        sites=tuple(memory.sites),
    )
    return cut_parts(kernel)


def _own_outputs(graph: Graph) -> Graph:
    """Each result in memory of its own: an argument, a reshape or a second mention is copied."""
    own = rebuild(graph)
    seen: set[int] = set()
    for number, output in enumerate(own.outputs):
        if output in seen or isinstance(lowering_of(own, output), Leaf | Reshaping):
            own.source, own.sweep = own[output].source, own[output].sweep
            own.outputs[number] = copy(Value(own, output), number=number).id
            if output in own.names:
                own.names[own.outputs[number]] = f"{own.names[output]}_out"
        seen.add(own.outputs[number])
    return own
