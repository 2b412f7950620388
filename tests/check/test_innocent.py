"""Usual programs that look like mistakes and are none: nothing is found in them."""

from __future__ import annotations

import pytest

from .mistakes import HEAD, LOOP, REGRESSION
from .more_mistakes import DROPOUT, MODEL
from .test_mistakes import findings

PROGRAMS = {
    "gradients of several batches per step": REGRESSION
    + """\
for epoch in range(4):
    for i in range(0, 64, 16):
        (F.mse_loss(net(X[i : i + 16]), y[i : i + 16]) / 4).backward()
    opt.step()
    opt.zero_grad(set_to_none=False)
""",
    "gradients that a lesson lets pile up": """\
x = torch.tensor([2.0], requires_grad=True)
for _ in range(4):
    (x * x).sum().backward()
    print(x.grad)
""",
    "a generator and a discriminator": """\
G = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
D = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(), nn.Dropout(0.1), nn.Linear(8, 1))
g, d = optim.Adam(G.parameters(), 1e-3), optim.Adam(D.parameters(), 1e-3)
loss = nn.BCEWithLogitsLoss()
for step in range(8):
    real = torch.randn(16, 2)
    with torch.no_grad():
        fake = G(torch.randn(16, 4))
    d.zero_grad()
    (loss(D(real), torch.ones(16, 1)) + loss(D(fake), torch.zeros(16, 1))).backward()
    d.step()
    g.zero_grad()
    loss(D(G(torch.randn(16, 4))), torch.ones(16, 1)).backward()
    g.step()
""",
    "a frozen first layer": MODEL.format("")
    + """\
net = Net()
net.first.requires_grad_(False)
opt = optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.1)
"""
    + LOOP.format(5),
    "losses of a sequence added up before backward": REGRESSION
    + """\
for _ in range(6):
    total = 0.0
    for i in range(8):
        total = total + F.mse_loss(net(X[i : i + 8]), y[i : i + 8])
    opt.zero_grad()
    total.backward()
    opt.step()
""",
    "evaluation as it should be": DROPOUT
    + """\
for epoch in range(4):
    net.train()
"""
    + "".join(f"    {line}\n" for line in LOOP.format(2).splitlines())
    + """\
    net.eval()
    with torch.no_grad():
        print(F.mse_loss(net(X), y).item())
""",
    "pseudo labels from the model itself": DROPOUT
    + """\
for _ in range(6):
    with torch.no_grad():
        guess = net(X + 0.1)
    loss = F.mse_loss(net(X), guess)
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    "attacks on a model in eval mode": DROPOUT
    + LOOP.format(3)
    + """\
net.eval()
for _ in range(5):
    x = X.clone().requires_grad_()
    F.mse_loss(net(x), y).backward()
    net.zero_grad()
""",
    "softmax regression from zeros": """\
X = torch.randn(60, 5)
y = X[:, :3].argmax(1)
W = torch.zeros(5, 3, requires_grad=True)
b = torch.zeros(3, requires_grad=True)
opt = optim.SGD([W, b], lr=0.1)
for _ in range(10):
    loss = F.cross_entropy(X @ W + b, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    "all pairs of distances": """\
x = torch.randn(8, 1, requires_grad=True)
target = torch.randn(8, 8)
d = x - x.squeeze(1)
((d - target) ** 2).mean().backward()
""",
    "attention": """\
q = torch.randn(2, 5, 4, requires_grad=True)
mask = torch.ones(5, 5).triu(1).bool()
scores = (q @ q.transpose(1, 2)).masked_fill(mask, float("-inf"))
(scores.softmax(-1) @ q).pow(2).mean().backward()
""",
    "a curve drawn beyond the data": """\
X = torch.rand(64, 1)
y = X * 2
net = nn.Linear(1, 1)
opt = optim.SGD(net.parameters(), lr=0.1)
"""
    + LOOP.format(5)
    + """\
with torch.no_grad():
    net(torch.linspace(-9, 9, 400).unsqueeze(1))
""",
    "a momentum encoder": """\
import copy
X = torch.randn(32, 3)
net = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Linear(8, 2))
slow = copy.deepcopy(net).requires_grad_(False)
opt = optim.SGD(net.parameters(), lr=0.05)
for _ in range(6):
    with torch.no_grad():
        aim = slow(X)
    loss = F.mse_loss(net(X + 0.01), aim)
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        for a, b in zip(slow.parameters(), net.parameters(), strict=True):
            a.mul_(0.9).add_(b, alpha=0.1)
""",
    "gradients of gradients": REGRESSION
    + """\
for _ in range(5):
    x = X.clone().requires_grad_()
    (slope,) = torch.autograd.grad(net(x).sum(), x, create_graph=True)
    loss = F.mse_loss(net(x), y) + ((slope.norm(dim=1) - 1) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    "a model built anew for each setting": """\
X = torch.randn(64, 3)
y = X.sum(1, keepdim=True)
for rate in (0.01, 0.1):
    net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
    opt = optim.SGD(net.parameters(), lr=rate)
    for _ in range(25):
        opt.zero_grad()
        loss = F.mse_loss(net(X), y)
        loss.backward()
        opt.step()
""",
    "an order that is meant": REGRESSION
    + """\
loader = DataLoader(TensorDataset(X, y), batch_size=16, shuffle=False)
for epoch in range(3):
    for a, b in loader:
        opt.zero_grad()
        F.mse_loss(net(a), b).backward()
        opt.step()
""",
    "training until nothing moves": REGRESSION + LOOP.format(400),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_is_found(name, tmp_path):
    assert findings(HEAD + PROGRAMS[name], tmp_path / "innocent.py") == []
