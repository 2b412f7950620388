"""What exists only in `nn.functional`; the answers are PyTorch's, recorded after manual_seed(0)."""

import numpy as np

import chainrule as torch
import chainrule.nn.functional as F


def test_gumbel_softmax():
    torch.manual_seed(0)
    x = torch.tensor([[1.0, 2, 3], [0, 0, 0]], requires_grad=True)
    soft = F.gumbel_softmax(x, tau=0.5)
    want = [[5.4419e-04, 3.2693e-02, 9.6676e-01], [1.0404e-01, 6.2335e-01, 2.7261e-01]]
    assert np.allclose(soft.detach().numpy(), want, rtol=1e-4)
    hard = F.gumbel_softmax(x, hard=True)
    assert hard.tolist() == [[0, 0, 1], [0, 0, 1]]
    (hard * torch.arange(3.0)).sum().backward()
    want = [[-0.2999, -0.0543, 0.3542], [-0.3702, -0.0384, 0.4086]]
    assert np.allclose(x.grad.numpy(), want, atol=1e-4)


def test_in_place_forms_write_into_their_argument():
    for name in ("relu", "elu", "selu", "celu", "leaky_relu", "hardtanh", "rrelu"):
        x = torch.tensor([-2.0, 0.5])
        want = getattr(F, name)(x.clone()).tolist()
        assert getattr(F, f"{name}_")(x) is x
        assert x.tolist() == want
    x = torch.tensor([-2.0, 0.5])
    assert F.threshold_(x, 0.0, 9.0).tolist() == [9.0, 0.5]
