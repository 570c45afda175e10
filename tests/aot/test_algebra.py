"""Matrix functions without any library: self-tests pass, and stay inside the memory they asked for."""

from __future__ import annotations

import subprocess

import pytest

TEXT = """
rng = np.random.default_rng(0)

def spd(n):
    a = rng.normal(size=(n, n))
    return a @ a.T + n * np.eye(n)

@gg.export(A=spd(5), b=gg.f64[5], transform="value_and_grad", argnums=("A", "b"), name="solved_5")
@gg.export(A=spd(40), b=gg.f64[40], transform="value_and_grad", argnums=("A", "b"), name="solved_40")
def solved(A, b):
    return np.sum(np.log(np.diag(np.linalg.cholesky(A)))) + b @ np.linalg.solve(A, b)

@gg.export(A=spd(20), transform="value_and_grad", name="spectrum")
def spectrum(A):
    w, v = np.linalg.eigh(A)
    return np.sum(np.sqrt(w)) + np.sum(v[:, 0] ** 2 * w[0])

@gg.export(A=rng.normal(size=(15, 10)), transform="value_and_grad", name="singular")
def singular(A):
    q, r = np.linalg.qr(A)
    return np.sum(np.linalg.svd(A, compute_uv=False)) + np.sum(np.abs(np.diag(r))) + np.sum(q[:3])

@gg.export(A=rng.normal(size=(90, 90)), B=rng.normal(size=(90, 100)), transform="vjp", name="products")
def products(A, B):
    return np.tanh(A @ B) @ B.T

@gg.export(x=gg.f32["n"], k=gg.i32, flag=np.bool_(True), name="types")
def types(x, k, flag):
    return np.where(flag, x * k, x).astype(np.float32), np.cumsum(x), np.argmax(x)
"""
NAMES = ["solved_5", "solved_40", "spectrum", "singular", "products_vjp", "types"]
MAIN = """
#include "kernels.h"
#include <stdio.h>
#include <stdlib.h>
static void run(const char *name, int (*test)(void *), ptrdiff_t (*size)(void))
{
    void *memory = aligned_alloc(64, (size_t)((size() + 63) / 64 * 64));
    printf("%s %d\\n", name, test(memory));
    free(memory);
}
int main(void)
{
"""


@pytest.mark.slow
def test_own_kernels_give_numpys_results(exported, cc) -> None:
    folder = exported(TEXT, selftest=True)
    calls = "".join(f'    run("{name}", {name}_selftest, {name}_selftest_size);\n' for name in NAMES)
    (folder / "main.c").write_text(f"{MAIN}{calls}    return 0;\n}}\n")
    cc(folder, "-std=c11", "-O0", "-fsanitize=address,undefined", "main.c", "kernels.c", "-lm", "-o", "main")
    done = subprocess.run([folder / "main"], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [f"{name} 0" for name in NAMES], done.stderr
    assert done.stderr == ""
