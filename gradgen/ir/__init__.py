"""The graph: types, nodes, the DAG, its check and its printer."""

from gradgen.ir.graph import (
    ADJOINT,
    FORWARD,
    TANGENT,
    Attributes,
    Graph,
    Node,
    Operation,
    constant_array,
    constant_attributes,
    copy_node,
    rebuild,
)
from gradgen.ir.types import DTYPES, Dim, Extent, Type, TypeMaker, broadcast_shapes, shape_text, size_of, type_of
from gradgen.ir.verify import verify

__all__ = [
    "ADJOINT",
    "DTYPES",
    "FORWARD",
    "TANGENT",
    "Attributes",
    "Dim",
    "Extent",
    "Graph",
    "Node",
    "Operation",
    "Type",
    "TypeMaker",
    "broadcast_shapes",
    "constant_array",
    "constant_attributes",
    "copy_node",
    "rebuild",
    "shape_text",
    "size_of",
    "type_of",
    "verify",
]
