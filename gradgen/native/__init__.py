"""From C text to calls: find a compiler, build, keep on disk, load, and dispatch calls to native code.

- `signature`: what an entry takes and gives, as data
- `compiler`: the C compiler and its flags
- `cache`: built libraries on disk, by content
- `load`: open a library, find its entries, give it BLAS and LAPACK
- `call`: `Kernel` and `Dispatcher`, in C or in Python
- `kernel`: from an entry of the cache to something that can be called
"""
