"""Compiled functions of PyTorch tensors: derivatives of every kind against differences and PyTorch's own."""

from __future__ import annotations

import numpy as np
import pytest

import gradgen as gg

torch = pytest.importorskip("torch", reason="PyTorch is not installed")


def loss(w, A, y, mu):
    return np.mean(np.log1p(np.exp(-y * (A @ w)))) + 0.5 * mu * (w @ w)


def torch_loss(w, A, y, mu):
    return torch.mean(torch.log1p(torch.exp(-y * (A @ w)))) + 0.5 * mu * (w @ w)


wrapped = gg.interop.torch(loss)


@pytest.fixture
def data():
    random = np.random.default_rng(0)
    w, A = torch.tensor(random.standard_normal(3)), torch.tensor(random.standard_normal((7, 3)))
    return w.requires_grad_(), A.requires_grad_(), torch.tensor(np.sign(random.standard_normal(7))), 0.1


def close(found, expected, tolerance=1e-12):
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


def test_first_derivatives(data):
    w, A, y, mu = data
    value = wrapped(w, A, y, mu)
    close(value, torch_loss(w, A, y, mu))
    for argument in (w, A):
        close(torch.autograd.grad(wrapped(w, A, y, mu), argument)[0],
              torch.autograd.grad(torch_loss(w, A, y, mu), argument)[0])  # fmt: skip
    assert torch.autograd.gradcheck(lambda w, A: wrapped(w, A, y, mu), (w, A), check_forward_ad=True)


def test_second_derivatives(data):
    w, A, y, mu = data
    assert torch.autograd.gradgradcheck(lambda w, A: wrapped(w, A, y, mu), (w, A))
    third = []
    for f in (wrapped, torch_loss):
        derivative = f(w, A, y, mu)
        for _ in range(3):
            (gradient,) = torch.autograd.grad(derivative, w, create_graph=True)
            derivative = torch.sum(gradient**2)
        third.append(derivative)
    close(*third)


def test_transforms_of_torch_func(data):
    w, A, y, mu = (x.detach() if isinstance(x, torch.Tensor) else x for x in data)
    batch = A[:, None], y[:, None]
    for transform in (torch.func.grad, torch.func.hessian, torch.func.jacrev, torch.func.jacfwd):
        close(transform(wrapped)(w, A, y, mu), transform(torch_loss)(w, A, y, mu))
    samples = [torch.func.vmap(torch.func.grad(f), in_dims=(None, 0, 0, None))(w, *batch, mu)
               for f in (wrapped, torch_loss)]  # fmt: skip
    close(*samples)
    moved = torch.func.vmap(wrapped, in_dims=(None, 2, 1, None))(w, A[None].permute(0, 2, 1), y[None], mu)
    close(moved, torch.stack([torch_loss(w, A[k : k + 1], y[k : k + 1], mu) for k in range(7)]))
    tangents = torch.ones(3, dtype=torch.float64)
    found = torch.func.jvp(lambda w: wrapped(w, A, y, mu), (w,), (tangents,))
    close(found, torch.func.jvp(lambda w: torch_loss(w, A, y, mu), (w,), (tangents,)))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtypes(dtype):
    f = gg.interop.torch(lambda x, k: {"sum": np.sum(x * 2.0), "next": k + 1})
    x, k = torch.arange(3, dtype=dtype, requires_grad=True), torch.arange(4)
    result = f(x, k)
    assert result["sum"].dtype is dtype
    assert result["next"].tolist() == [1, 2, 3, 4]
    assert not result["next"].requires_grad
    result["sum"].backward()
    assert x.grad.dtype is dtype
    assert x.grad.tolist() == [2, 2, 2]


def test_containers_and_keywords():
    f = gg.interop.torch(lambda p, *, power: (np.sum(p["w"] ** power) * p["b"][0], p["b"]))
    w, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor(3.0, requires_grad=True)
    value, (again,) = f({"w": w, "b": [b]}, power=2)
    assert (value.item(), again.item()) == (15.0, 3.0)
    value.backward()
    assert (w.grad.tolist(), b.grad.item()) == ([6.0, 12.0], 5.0)


def test_only_what_is_needed_is_differentiated():
    f = gg.interop.torch(lambda p: np.sum(p["a"] * np.sin(p["b"])))
    a, b = torch.ones(3, requires_grad=True), torch.ones(3)
    value = f({"a": a, "b": b})
    call = value.grad_fn.call
    assert call.needed == (0,)
    assert len(call.sweeps.later.traced.graph.outputs) == 1
    value.backward()
    assert b.grad is None
    assert not f({"a": a.detach(), "b": b}).requires_grad
    with torch.no_grad():
        assert not f({"a": a, "b": b}).requires_grad


def test_views_of_every_kind(data):
    w, A, y, mu = data
    odd = torch.empty(6, dtype=torch.float64)[::2].copy_(w.detach()).requires_grad_()
    wide = A.detach().t().contiguous().t().requires_grad_()
    assert not odd.is_contiguous()
    assert not wide.is_contiguous()
    wrapped(odd, wide, y, mu).backward()
    torch_loss(w, A, y, mu).backward()
    close(odd.grad, w.grad)
    close(wide.grad, A.grad)
    double = gg.interop.torch(lambda x: 2.0 * x)
    x = torch.ones(3, requires_grad=True)
    double(x).sum().backward()  # its cotangent is one number for all
    close(x.grad, torch.full((3,), 2.0))
    negated = torch.tensor([1j]).conj().imag
    assert negated.is_neg()
    assert double(negated).item() == -2.0


def test_tensors_are_read_where_they_are():
    f = gg.interop.torch(lambda x: x[0] * 2.0)
    large = torch.zeros(3_000_000)
    kernels = f(large)
    large[0] = 4.0
    assert (kernels.item(), f(large).item()) == (0.0, 8.0)


def test_a_tensor_that_was_changed_meanwhile_is_an_error():
    x = torch.ones(3, requires_grad=True)
    y = x * 1.0
    value = gg.interop.torch(lambda y: np.sum(y**2))(y)
    y.add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        value.backward()


def test_arrays_may_change_meanwhile():
    f = gg.interop.torch(lambda x, c: np.sum(c * x))
    x, c = torch.ones(2, requires_grad=True), np.float32([1.0, 2.0])
    value = f(x, c)
    c[:] = 0.0
    value.backward()
    assert x.grad.tolist() == [1.0, 2.0]


def test_a_graph_may_be_gone_through_twice():
    x = torch.ones(2, requires_grad=True)
    value = gg.interop.torch(lambda x: np.sum(np.exp(x)))(x)
    value.backward(retain_graph=True)
    value.backward()
    close(x.grad, 2.0 * torch.exp(torch.ones(2)), 1e-6)
    with pytest.raises(RuntimeError, match="a second time"):
        value.backward()


def test_several_results_of_which_one_is_used():
    x = torch.ones(2, requires_grad=True)
    first, _ = gg.interop.torch(lambda x: (np.sum(x**3), np.exp(x)))(x)
    first.backward()
    assert x.grad.tolist() == [3.0, 3.0]


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (torch.empty(2, device="meta"), r"argument x is a tensor on meta, .* run on the CPU; pass it \.cpu\(\)"),
        (torch.ones(2, dtype=torch.bfloat16), r"argument x is a tensor of torch.bfloat16, .*; pass it \.float\(\)"),
        (torch.ones(2, dtype=torch.complex64), r"argument x is .*; pass real and imaginary part as two arguments"),
        (torch.ones(2).to_sparse(), r"argument x is a tensor of layout torch.sparse_coo; pass it \.to_dense\(\)"),
    ],
)
def test_tensors_that_cannot_be_taken(tensor, message):
    with pytest.raises(gg.ArgumentError, match=message):
        gg.interop.torch(lambda x: np.sum(x))(tensor)


def test_compiled_functions_are_wrapped_too(data):
    w, A, y, mu = data
    close(gg.interop.torch(gg.grad(loss))(w, A, y, mu), torch.autograd.grad(torch_loss(w, A, y, mu), w)[0])


def test_without_a_compiler(data):
    w, A, y, mu = data
    gg.interop.torch(loss, backend="numpy")(w, A, y, mu).backward()
    close(w.grad, torch.autograd.grad(torch_loss(w, A, y, mu), w)[0])


def test_training_a_module():
    layer = torch.nn.Linear(2, 1, bias=False)
    squares = gg.interop.torch(lambda prediction, target: np.mean((prediction - target) ** 2))
    X = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    optimiser = torch.optim.LBFGS(layer.parameters())

    def closure():
        optimiser.zero_grad()
        value = squares(layer(X), torch.tensor([[2.0], [3.0], [5.0]]))
        value.backward()
        return value

    for _ in range(5):
        optimiser.step(closure)
    close(layer.weight.detach(), torch.tensor([[2.0, 3.0]]), 1e-4)
