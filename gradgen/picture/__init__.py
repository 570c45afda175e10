"""Pictures of kernels: which values are computed in which loops, in which sweep, and by which lines of C.

`boxes` reads the loops from the schedule and `code` the lines from the C; `figure` holds both. `scene` chooses what to
show, `place` puts it where it goes by the layered drawing of `layers`, and `svg` and `page` write it down.
"""

from gradgen.picture.figure import make_figure
from gradgen.picture.picture import Picture, draw

__all__ = ["Picture", "draw", "make_figure"]
