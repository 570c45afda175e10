"""The whole way from a graph to a kernel of loop nests."""

from __future__ import annotations

from gradgen.ir import Graph, rebuild
from gradgen.lower.collapse import collapse
from gradgen.lower.comments import comment_once
from gradgen.lower.dead import drop_dead, mentioned
from gradgen.lower.externals import externals
from gradgen.lower.memory import Memory, dimensions
from gradgen.lower.names import c_name
from gradgen.lower.nests import Nests
from gradgen.lower.parts import cut_parts
from gradgen.lower.plan import lowering_of, make_plan
from gradgen.lower.schedule import arrange
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


def lower(graph: Graph) -> Kernel:
    """Lower an optimised graph.

    Parameters
    ----------
    graph : Graph
        Its inputs become the kernel's arguments, its outputs the results, in order.

    Returns
    -------
    Kernel
        Loop nests; `gradgen.c.emit` prints them.
    """
    graph = _own_outputs(graph)
    plan = make_plan(graph)
    items = arrange(graph, make_tasks(graph, plan))
    memory = Memory(graph, plan, make_rooms(graph, items))
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
