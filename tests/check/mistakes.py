"""Small programs with one mistake each: lines ending in #- are the mistake, in #+ the correction.

The finding belongs to the line that has #! in it (#-! where it is part of the mistake).
"""

from __future__ import annotations

from typing import NamedTuple

HEAD = """\
import chainrule as torch
from chainrule import nn, optim
from chainrule.nn import functional as F
from chainrule.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
"""


class Mistake(NamedTuple):
    """A rule, and the program it is about."""

    rule: str
    text: str

    def planted(self) -> str:
        """The program with the mistake."""
        return program(self.text, without="#+")

    def corrected(self) -> str:
        """Its twin."""
        return program(self.text, without="#-")


def program(text: str, without: str) -> str:
    """The lines of one of the two."""
    return "\n".join(line for line in (HEAD + text).splitlines() if without not in line)


REGRESSION = """\
X = torch.randn(64, 3)
y = X.sum(1, keepdim=True)
net = nn.Linear(3, 1)
opt = optim.SGD(net.parameters(), lr=0.1)
"""

LOOP = """\
for _ in range({}):
    loss = F.mse_loss(net(X), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
"""

GRADIENTS = [
    Mistake(
        "zero-grad-missing",
        REGRESSION
        + """\
for _ in range(5):
    loss = F.mse_loss(net(X), y)
    opt.zero_grad() #+
    loss.backward() #!
    opt.step()
""",
    ),
    Mistake(
        "zero-grad-missing",
        """\
w = torch.tensor([1.0], requires_grad=True)
for _ in range(6):
    loss = (w * 2.0 - 4.0) ** 2
    loss.backward() #!
    w.data = w.data - 0.01 * w.grad.data
    w.grad.data.zero_() #+
""",
    ),
    Mistake(
        "vanishing-gradients",
        """\
X = torch.randn(64, 4)
y = X.sum(1, keepdim=True)
layers = [nn.Linear(4, 16), nn.Sigmoid()] #-!
for _ in range(10): layers += [nn.Linear(16, 16), nn.Sigmoid()] #-
layers = [nn.Linear(4, 16), nn.ReLU()] #+
for _ in range(3): layers += [nn.Linear(16, 16), nn.ReLU()] #+
net = nn.Sequential(*layers, nn.Linear(16, 1))
opt = optim.SGD(net.parameters(), lr=0.01)
"""
        + LOOP.format(15),
    ),
    Mistake(
        "exploding-gradients",
        """\
X = torch.randn(64, 4)
y = X.sum(1, keepdim=True)
layers = [nn.Linear(4, 32)] + [nn.Linear(32, 32) for _ in range(6)] #!
for layer in layers:
    nn.init.normal_(layer.weight, std=4.0) #-
    nn.init.xavier_normal_(layer.weight) #+
net = nn.Sequential(*layers, nn.Linear(32, 1))
opt = optim.SGD(net.parameters(), lr=1e-2)
"""
        + LOOP.format(12),
    ),
    Mistake(
        "update-makes-non-leaf",
        """\
w = torch.tensor([1.0], requires_grad=True)
for _ in range(1): #-
    loss = ((w * 2 - 4) ** 2).sum() #-
    loss.backward() #-
    w = w - 0.1 * w.grad #-!
for _ in range(3): #+
    loss = ((w * 2 - 4) ** 2).sum() #+
    loss.backward() #+
    with torch.no_grad(): #+
        w -= 0.1 * w.grad #+
        w.grad.zero_() #+
""",
    ),
    Mistake(
        "graph-grows",
        REGRESSION
        + """\
total = 0.0
for _ in range(6):
    loss = F.mse_loss(net(X), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    total += loss #-!
    total += loss.item() #+
""",
    ),
    Mistake(
        "graph-grows",
        REGRESSION
        + """\
total = torch.zeros(1)
for _ in range(6):
    loss = F.mse_loss(net(X), y)
    total = total + loss * len(X) #-!
    total = total + loss.detach() * len(X) #+
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    ),
]

CLASSES = """\
X = torch.randn(60, 5)
y = X[:, :3].argmax(1)
net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3))
opt = optim.SGD(net.parameters(), lr=0.1)
"""

BINARY = """\
X = torch.randn(60, 5)
y = (X[:, :1] > 0).float()
net = nn.Linear(5, 1)
opt = optim.SGD(net.parameters(), lr=0.1)
"""


def steps(loss: str, setup: str = CLASSES) -> str:
    """A few steps with this loss."""
    body = "\n".join(f"    {line}" for line in loss.splitlines())
    rest = "    opt.zero_grad()\n    loss.backward()\n    opt.step()\n"
    return f"{setup}for _ in range(4):\n{body}\n{rest}"


BROADCAST = """\
import warnings
warnings.simplefilter("ignore")
y = y.squeeze(1)
"""

LOSSES = [
    Mistake(
        "loss-broadcast",
        steps(
            "loss = F.mse_loss(net(X), y) #-!\nloss = F.mse_loss(net(X), y.unsqueeze(1)) #+",
            REGRESSION + BROADCAST,
        ),
    ),
    Mistake(
        "loss-broadcast",
        steps(
            "loss = ((net(X) - y) ** 2).mean() #-!\nloss = ((net(X) - y[:, None]) ** 2).mean() #+",
            REGRESSION + BROADCAST,
        ),
    ),
    Mistake(
        "loss-broadcast",
        steps(
            "loss = nn.L1Loss()(net(X), y) #-!\nloss = nn.L1Loss()(net(X), y.view(-1, 1)) #+",
            REGRESSION + BROADCAST,
        ),
    ),
    Mistake(
        "softmax-before-cross-entropy",
        steps(
            "loss = F.cross_entropy(net(X).softmax(1), y) #-!\nloss = F.cross_entropy(net(X), y) #+"
        ),
    ),
    Mistake(
        "softmax-before-cross-entropy",
        steps(
            "out = F.log_softmax(net(X), 1)\nloss = nn.CrossEntropyLoss()(out, y) #-!\n"
            "loss = nn.NLLLoss()(out, y) #+"
        ),
    ),
    Mistake(
        "softmax-before-cross-entropy",
        steps(
            "e = net(X).exp()\np = e / e.sum(1, keepdim=True)\nloss = F.cross_entropy(p, y) #-!\n"
            "loss = F.nll_loss(p.log(), y) #+"
        ),
    ),
    Mistake(
        "sigmoid-before-bce-with-logits",
        steps(
            "out = torch.sigmoid(net(X))\nloss = nn.BCEWithLogitsLoss()(out, y) #-!\n"
            "loss = nn.BCELoss()(out, y) #+",
            BINARY,
        ),
    ),
    Mistake(
        "nll-on-raw-scores",
        steps(
            "loss = F.nll_loss(net(X), y) #-!\nloss = F.nll_loss(F.log_softmax(net(X), 1), y) #+"
        ),
    ),
    Mistake(
        "target-out-of-range",
        steps("loss = F.cross_entropy(net(X), y + 1) #-!\nloss = F.cross_entropy(net(X), y) #+"),
    ),
    Mistake(
        "target-out-of-range",
        steps(
            "loss = F.binary_cross_entropy_with_logits(net(X), 2 * y - 1) #-!\n"
            "loss = F.binary_cross_entropy_with_logits(net(X), y) #+",
            BINARY,
        ),
    ),
    Mistake(
        "target-dtype",
        steps(
            "loss = F.cross_entropy(net(X), y.float()) #-!\n"
            "loss = F.cross_entropy(net(X), y.float().long()) #+"
        ),
    ),
    Mistake(
        "one-hot-as-classes",
        steps(
            "rows = F.one_hot(y, 3)\nloss = F.cross_entropy(net(X), rows) #-!\n"
            "loss = F.cross_entropy(net(X), rows.argmax(1)) #+"
        ),
    ),
    Mistake(
        "float64-mixed",
        steps("loss = ((net(X) - y) ** 2).mean() #!", REGRESSION + "y = y.double() #-\n"),
    ),
    Mistake(
        "float64-mixed",
        steps("loss = F.mse_loss(net(X), y) #!", REGRESSION + "X = X.double() #-\n"),
    ),
]

NUMBERS = [
    Mistake(
        "nan-forward",
        """\
w = torch.tensor([0.5, 2.0], requires_grad=True)
p = w.relu() - torch.tensor([0.5, 0.0]) #-
p = w.relu() + torch.tensor([0.5, 0.0]) #+
loss = -p.log().sum() #!
loss.backward()
""",
    ),
    Mistake(
        "nan-forward",
        """\
w = torch.tensor([800.0, 1.0], requires_grad=True)
e = w.exp() #-!
p = e / e.sum() #-
p = w.softmax(0) #+
loss = (p * p).sum()
loss.backward()
""",
    ),
    Mistake(
        "nan-in-data",
        steps(
            "loss = F.mse_loss(net(X), y) #!",
            REGRESSION + "X[3, 1] = float('nan') #-\n",
        )
        .replace("F.mse_loss(net(X), y) #!", "((X @ W - y) ** 2).mean() #!")
        .replace("opt = ", "W = torch.zeros(3, 1, requires_grad=True)\nopt = ")
        .replace("net.parameters()", "[W]"),
    ),
    Mistake(
        "nan-backward",
        """\
x = torch.tensor([0.0, 4.0], requires_grad=True)
y = torch.where(x > 0, x.sqrt(), 0.0) #-!
y = torch.where(x > 0, torch.where(x > 0, x, 1.0).sqrt(), 0.0) #+
y.sum().backward()
""",
    ),
    Mistake(
        "nan-backward",
        """\
x = torch.zeros(3, requires_grad=True)
length = (x * x).sum().sqrt() #-!
length = x.norm() #+
length.backward()
""",
    ),
    Mistake(
        "lr-too-large",
        """\
X = torch.randn(64, 3)
y = X.sum(1, keepdim=True)
net = nn.Linear(3, 1)
opt = optim.SGD(net.parameters(), lr=10.0) #-!
opt = optim.SGD(net.parameters(), lr=0.1) #+
"""
        + LOOP.format(60),
    ),
    Mistake(
        "lr-too-large",
        """\
w = torch.tensor(1.0, requires_grad=True)
rate = 1.5 #-
rate = 0.1 #+
for _ in range(40):
    loss = (2 * w - 4) ** 2
    loss.backward() #!
    w.data -= rate * w.grad
    w.grad = None
""",
    ),
    Mistake(
        "lr-too-small",
        """\
X = torch.randn(64, 3)
y = X.sum(1, keepdim=True)
net = nn.Linear(3, 1)
opt = optim.SGD(net.parameters(), lr=1e-9) #-!
opt = optim.SGD(net.parameters(), lr=0.1) #+
"""
        + LOOP.format(30),
    ),
]
