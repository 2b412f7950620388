"""`torch.nn.attention`: biases, the choice of a kernel, and attention by rules."""

import math

import numpy as np
import pytest

import chainrule as torch
from chainrule.nn.attention import SDPBackend, sdpa_kernel
from chainrule.nn.attention.bias import causal_lower_right, causal_upper_left
from chainrule.nn.attention.flex_attention import (
    AuxRequest,
    and_masks,
    create_block_mask,
    create_mask,
    flex_attention,
    noop_mask,
    or_masks,
)

attend = torch.nn.functional.scaled_dot_product_attention


@pytest.fixture
def qkv():
    torch.manual_seed(0)
    return torch.randn(2, 4, 3, 8), torch.randn(2, 4, 5, 8), torch.randn(2, 4, 5, 6)


def close(a, b):
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_causal_biases_are_masks(qkv):
    close(attend(*qkv, attn_mask=causal_upper_left(3, 5)), attend(*qkv, is_causal=True))
    mask = torch.ones(3, 5, dtype=torch.bool).tril(2)
    close(attend(*qkv, attn_mask=causal_lower_right(3, 5)), attend(*qkv, attn_mask=mask))
    with pytest.raises(RuntimeError, match="only support 2D"):
        causal_upper_left(2, 3, 5)


def test_a_kernel_is_chosen(qkv):
    with sdpa_kernel([SDPBackend.MATH, SDPBackend.FLASH_ATTENTION]):
        attend(*qkv)
    with pytest.raises(AssertionError, match="Backend must be an instance"), sdpa_kernel(3):
        pass


def test_rules_of_scores_and_masks(qkv):
    q, k, v = (each.requires_grad_() for each in qkv)
    slopes = torch.tensor([0.5, 0.25, 0.125, 0.0625])
    added = -(torch.arange(3)[:, None] - torch.arange(5)).abs() * slopes[:, None, None]
    out = flex_attention(q, k, v, lambda s, b, h, i, j: s - (i - j).abs() * slopes[h])
    close(out, attend(q, k, v, attn_mask=added))
    grads = torch.autograd.grad(out.sum(), (q, k, v))
    want = torch.autograd.grad(attend(q, k, v, attn_mask=added).sum(), (q, k, v))
    for mine, theirs in zip(grads, want, strict=True):
        close(mine, theirs)


def test_masks_by_rule(qkv):
    q, k, v = qkv
    causal, near = (lambda b, h, i, j: i >= j), (lambda b, h, i, j: (i - j).abs() < 2)
    for rule in (causal, and_masks(causal, near), or_masks(causal, near), noop_mask):
        mask = create_block_mask(rule, None, None, 3, 5, BLOCK_SIZE=2)
        close(
            flex_attention(q, k, v, block_mask=mask), attend(q, k, v, create_mask(rule, 1, 1, 3, 5))
        )
    mask = create_block_mask(causal, None, None, 3, 5, BLOCK_SIZE=2)
    assert mask.to_dense().tolist() == [[[[1, 0, 0], [1, 1, 0]]]]
    assert mask.sparsity() == pytest.approx(50)
    with pytest.raises(ValueError, match="block_mask was created for"):
        flex_attention(k, k, v, block_mask=mask)
    with pytest.raises(NotImplementedError, match="must be 4D"):
        flex_attention(q[0], k[0], v[0])


def test_what_is_returned_besides(qkv):
    q, k, v = qkv
    scores = q @ k.mT / math.sqrt(8)
    out, lse = flex_attention(q, k[:, :2], v[:, :2], enable_gqa=True, return_lse=True)
    close(out, attend(q, k[:, :2], v[:, :2], enable_gqa=True))
    assert lse.shape == (2, 4, 3)
    out, more = flex_attention(q, k, v, return_aux=AuxRequest(lse=True, max_scores=True))
    close(more.lse, scores.logsumexp(-1))
    close(more.max_scores, scores.amax(-1))
    nothing = create_block_mask(lambda b, h, i, j: i > j, None, None, 3, 5)
    assert flex_attention(q, k, v, block_mask=nothing)[:, :, 0].abs().sum() == 0
