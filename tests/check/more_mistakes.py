"""Small programs with one mistake each, about parameters, modules and data; see mistakes.py."""

from __future__ import annotations

from .mistakes import LOOP, REGRESSION, Mistake

MODEL = """\
X = torch.randn(64, 3)
y = X.sum(1, keepdim=True)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.last = nn.Linear(4, 1){}
    def forward(self, x):
        return self.last(torch.tanh(self.first(x)))
"""

PARAMETERS = [
    Mistake(
        "parameter-without-gradient",
        MODEL.format("\n        self.spare = nn.Linear(4, 1, bias=False) #-!")
        + "net = Net()\nopt = optim.SGD(net.parameters(), lr=0.1)\n"
        + LOOP.format(4),
    ),
    Mistake(
        "parameter-without-gradient",
        MODEL.format("")
        .replace("super().__init__()", "super().__init__() # tanh")
        .replace("        self.first = nn.Linear(3, 4)", "        self.first = nn.Linear(3, 4) #!")
        .replace(
            "        return self.last(torch.tanh(self.first(x)))",
            "        return self.last(torch.tanh(self.first(x)).detach()) #-\n"
            "        return self.last(torch.tanh(self.first(x))) #+",
        )
        + "net = Net()\nopt = optim.SGD(net.parameters(), lr=0.1)\n"
        + LOOP.format(4),
    ),
    Mistake(
        "parameter-not-in-optimizer",
        MODEL.format("")
        + """\
net = Net()
opt = optim.SGD(net.last.parameters(), lr=0.1) #-!
opt = optim.SGD(net.parameters(), lr=0.1) #+
"""
        + LOOP.format(4),
    ),
    Mistake(
        "parameter-twice",
        MODEL.format("")
        + """\
import warnings
warnings.simplefilter("ignore")
net = Net()
opt = optim.SGD([*net.parameters(), *net.last.parameters()], lr=0.1) #-!
opt = optim.SGD([*net.parameters()], lr=0.1) #+
"""
        + LOOP.format(4),
    ),
    Mistake(
        "parameter-twice",
        MODEL.format("")
        + """\
net = Net()
groups = [{"params": net.parameters()}, {"params": net.last.parameters(), "lr": 0.01}] #-
groups = [{"params": net.first.parameters()}, {"params": net.last.parameters(), "lr": 0.01}] #+
opt = optim.SGD(groups, lr=0.1) #!
"""
        + LOOP.format(4),
    ),
    Mistake(
        "optimizer-too-early",
        MODEL.format("")
        + """\
net = Net()
opt = optim.SGD(net.parameters(), lr=0.1) #-!
net.last = nn.Linear(4, 1)
opt = optim.SGD(net.parameters(), lr=0.1) #+
"""
        + LOOP.format(4),
    ),
    Mistake(
        "optimizer-too-early",
        """\
import copy
X = torch.randn(64, 3)
y = X.sum(1, keepdim=True)
net = nn.Linear(3, 1)
opt = optim.SGD(net.parameters(), lr=0.1) #-!
net = copy.deepcopy(net)
opt = optim.SGD(net.parameters(), lr=0.1) #+
"""
        + LOOP.format(4),
    ),
    Mistake(
        "equal-weights",
        """\
X = torch.randn(64, 3)
y = X.sum(1, keepdim=True)
hidden, last = nn.Linear(3, 8), nn.Linear(8, 1) #!
for layer in (hidden, last):
    nn.init.constant_(layer.weight, 0.1) #-
    nn.init.normal_(layer.weight, std=0.1) #+
    nn.init.zeros_(layer.bias)
net = nn.Sequential(hidden, nn.Tanh(), last)
opt = optim.SGD(net.parameters(), lr=0.1)
"""
        + LOOP.format(6),
    ),
]

DROPOUT = """\
X = torch.randn(64, 3)
y = X.sum(1, keepdim=True)
net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 1))
opt = optim.SGD(net.parameters(), lr=0.05)
"""

MODULES = [
    Mistake(
        "init-misspelt",
        """\
class Net(nn.Module):
    def _init_(self): #-!
    def __init__(self): #+
        super().__init__()
        self.layer = nn.Linear(1, 1)
    def forward(self, x):
        return self.layer(x)
net = Net()
""",
    ),
    Mistake(
        "super-init-missing",
        """\
class Net(nn.Module):
    def __init__(self): #!
        super().__init__() #+
        self.layer = nn.Linear(1, 1)
    def forward(self, x):
        return self.layer(x)
net = Net()
""",
    ),
    Mistake(
        "dead-relu",
        """\
X = torch.rand(64, 3)
y = X.sum(1, keepdim=True)
hidden = nn.Linear(3, 16)
nn.init.constant_(hidden.bias, -9.0) #-
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.last = hidden, nn.Linear(16, 1)
    def forward(self, x):
        return self.last(self.hidden(x).relu()) #!
net = Net()
opt = optim.SGD(net.parameters(), lr=0.01)
"""
        + LOOP.format(20),
    ),
    Mistake(
        "batchnorm-of-one",
        """\
net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
n = 1 #-
n = 4 #+
out = net(torch.randn(n, 1, 8, 8)) #!
out.mean().backward()
""",
    ),
    Mistake(
        "batchnorm-of-one",
        """\
X = torch.randn(9, 3)
net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
for (x,) in DataLoader(TensorDataset(X), 4, shuffle=True): #-
for (x,) in DataLoader(TensorDataset(X), 4, shuffle=True, drop_last=True): #+
    net(x).mean().backward() #!
""",
    ),
    Mistake(
        "eval-missing",
        DROPOUT
        + LOOP.format(3)
        + """\
net.eval() #+
with torch.no_grad():
    error = F.mse_loss(net(X), y) #!
print(error.item() > 0)
""",
    ),
    Mistake(
        "eval-missing",
        DROPOUT
        + LOOP.format(3)
        + """\
def evaluate(net):
    net.eval() #+
    right = 0
    for i in range(8):
        with torch.no_grad(): #+
            out = net(X[i : i + 8]) #+
        out = net(X[i : i + 8]) #-!
        right += (out > 0).sum().item()
    return right
evaluate(net)
""",
    ),
    Mistake(
        "no-grad-missing",
        DROPOUT
        + LOOP.format(3)
        + """\
net.eval()
right = 0
for i in range(8):
    with torch.no_grad(): #+
        out = net(X[i : i + 8]) #+
    out = net(X[i : i + 8]) #-!
    right += (out > 0).sum().item()
""",
    ),
    Mistake(
        "left-in-eval",
        DROPOUT
        + """\
for epoch in range(4):
    net.train() #+
    for _ in range(2):
        loss = F.mse_loss(net(X), y) #!
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        error = F.mse_loss(net(X), y).item()
""",
    ),
]

DATA = [
    Mistake(
        "same-order",
        REGRESSION
        + """\
loader = DataLoader(TensorDataset(X, y), batch_size=16) #-!
loader = DataLoader(TensorDataset(X, y), batch_size=16, shuffle=True) #+
for epoch in range(3):
    for a, b in loader:
        loss = F.mse_loss(net(a), b)
        opt.zero_grad()
        loss.backward()
        opt.step()
""",
    ),
    Mistake(
        "normalised-otherwise",
        """\
pixels = torch.randint(0, 256, (200, 12)).float()
X, X_test = pixels[:150] / 255, pixels[150:]
y = X.sum(1, keepdim=True)
X_test = X_test / 255 #+
net = nn.Linear(12, 1)
opt = optim.SGD(net.parameters(), lr=0.05)
"""
        + LOOP.format(5)
        + """\
with torch.no_grad():
    out = net(X_test) #!
""",
    ),
    Mistake(
        "normalised-otherwise",
        """\
X, X_test = torch.randn(100, 3), torch.randn(40, 3)
mean, deviation = X.mean(0), X.std(0)
X = (X - mean) / deviation
X_test = (X_test - X_test.mean(0)) / X_test.std(0) #-!
X_test = (X_test - mean) / deviation #+
""",
    ),
]
