"""Compiled functions of JAX arrays, under its transforms, in both precisions."""

from __future__ import annotations

import os

import numpy as np
import pytest

import gradgen as gg

os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax = pytest.importorskip("jax", reason="JAX is not installed")
jnp = jax.numpy


def loss(w, A, y, mu):
    return np.mean(np.log1p(np.exp(-y * (A @ w)))) + 0.5 * mu * (w @ w)


def jax_loss(w, A, y, mu):
    return jnp.mean(jnp.log1p(jnp.exp(-y * (A @ w)))) + 0.5 * mu * (w @ w)


wrapped = gg.interop.jax(loss)


@pytest.fixture(params=[False, True], ids=["x32", "x64"])
def data(request):
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", request.param)
    random = np.random.default_rng(0)
    w, A = jnp.asarray(random.standard_normal(3)), jnp.asarray(random.standard_normal((7, 3)))
    yield w, A, jnp.asarray(np.sign(random.standard_normal(7))), 0.1
    jax.config.update("jax_enable_x64", before)


def close(found, expected):
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert one.dtype == other.dtype
        tolerance = 1e-12 if other.dtype == np.float64 else 1e-5
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    "transform",
    [
        lambda f: f,
        lambda f: jax.grad(f, argnums=(0, 1, 3)),
        lambda f: jax.value_and_grad(f, argnums=1),
        lambda f: jax.jacrev(jax.grad(f)),
        lambda f: jax.jacrev(jax.jacrev(jax.grad(f))),
        lambda f: jax.vmap(jax.grad(f), in_axes=(None, 0, 0, None)),
    ],
    ids=["value", "gradients", "value and gradient", "Hessian", "third derivative", "batched"],
)
@pytest.mark.parametrize("jit", [jax.jit, lambda f: f], ids=["jit", "eager"])
def test_transforms(data, transform, jit, request):
    w, A, y, mu = data
    if "batched" in request.node.name:
        A, y = A[:, None], y[:, None]
    close(jit(transform(wrapped))(w, A, y, mu), transform(jax_loss)(w, A, y, mu))


def test_in_a_loop(data):
    w, A, y, mu = data

    def descend(f):
        return jax.jit(lambda w: jax.lax.fori_loop(0, 5, lambda _, w: w - 0.5 * jax.grad(f)(w, A, y, mu), w))(w)

    close(descend(wrapped), descend(jax_loss))


def test_containers_integers_and_dtypes(data):
    f = gg.interop.jax(lambda p, *, power: {"sum": np.sum(p["x"] ** power) * 2.0, "next": p["k"] + 1})
    p = {"x": jnp.float32([1.0, 2.0]), "k": jnp.arange(3)}
    result = jax.jit(lambda p: f(p, power=2))(p)
    assert result["sum"].dtype == np.float32
    assert result["next"].dtype == p["k"].dtype
    assert result["next"].tolist() == [1, 2, 3]
    found = jax.grad(lambda p: f(p, power=2)["sum"], allow_int=True)(p)
    assert found["x"].tolist() == [4.0, 8.0]
    assert found["x"].dtype == np.float32


def test_only_what_is_needed_is_differentiated(data, monkeypatch):
    from gradgen.interop.program import Program

    asked, before = [], Program._sweeps
    monkeypatch.setattr(
        Program, "_sweeps", lambda self, leaves, needed: asked.append(needed) or before(self, leaves, needed)
    )
    jax.grad(gg.interop.jax(loss), argnums=1)(*data)
    assert asked == [(1,)]


def test_forward_mode_is_refused(data):
    with pytest.raises(TypeError, match="forward-mode"):
        jax.jvp(lambda w: wrapped(w, *data[1:]), (data[0],), (data[0],))


def test_dtypes_that_cannot_be_taken():
    with pytest.raises(gg.ArgumentError, match=r"argument x is an array of bfloat16, .* \.astype\('float32'\)"):
        gg.interop.jax(lambda x: np.sum(x))(jnp.ones(3, jnp.bfloat16))
    with pytest.raises(gg.ArgumentError, match="real and imaginary part as two arguments"):
        gg.interop.jax(lambda x: np.sum(x))(jnp.ones(3, complex))


def test_callbacks_are_compiled_once(data):
    w, A, y, mu = data
    f = gg.interop.jax(loss)
    f(w, A, y, mu)
    from gradgen.interop.jax_function import _host

    before = _host.cache_info().misses
    f(w, A, y, mu)
    assert _host.cache_info().misses == before
