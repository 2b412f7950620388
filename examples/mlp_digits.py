"""A multilayer perceptron on handwritten digits, held back by dropout and weight decay."""

from pathlib import Path

import torch
from common import accuracy, draw, split_digits, train_epoch
from torch import nn
from torch.utils.data import DataLoader

torch.manual_seed(0)
train_set, test_set = split_digits()
train_batches = DataLoader(train_set, batch_size=64, shuffle=True)
test_batches = DataLoader(test_set, batch_size=250)

net = nn.Sequential(
    nn.Flatten(),
    nn.Linear(784, 256),
    nn.ReLU(),
    nn.Dropout(0.5),
    nn.Linear(256, 10),
)
loss_of = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
print(net)

history = []
for epoch in range(1, 16):
    mean_loss, hits = train_epoch(net, loss_of, optimizer, train_batches, f"epoch {epoch:2d}")
    history.append((mean_loss, hits, accuracy(net, test_batches)))
    print("epoch {:2d}  loss {:.4f}  train {:.1%}  test {:.1%}".format(epoch, *history[-1]))

print(f"test accuracy {history[-1][-1]:.1%}")
draw(history, "Multilayer perceptron on 4000 digits", Path(__file__).with_suffix(".png"))
