"""Each rule's two constant sentences: why the mistake hurts, and the change to make."""

from __future__ import annotations

ADVICE: dict[str, tuple[str, str]] = {
    # gradients
    "zero-grad-missing": (
        "backward() adds to .grad: the step follows the sum of all gradients so far, not the "
        "gradient of this batch.",
        "clear the gradients once a step, before backward():\noptimizer.zero_grad()",
    ),
    "vanishing-gradients": (
        "The first layers get almost no signal and stay as they were initialised.",
        "use nn.ReLU() in place of a saturating activation, nn.init.kaiming_normal_ for the "
        "weights,\nnormalisation (nn.BatchNorm1d) or residual connections x + layer(x).",
    ),
    "exploding-gradients": (
        "One step throws the first layers far away; the loss jumps or becomes NaN.",
        "initialise smaller (nn.init.xavier_normal_), normalise between the layers, or clip:\n"
        "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
    ),
    "update-makes-non-leaf": (
        "The result is a new tensor that is no leaf: its .grad stays None, and the old parameter "
        "is lost.",
        "update in place, outside of the graph:\nwith torch.no_grad():\n    w -= lr * w.grad",
    ),
    "graph-grows": (
        "The sum holds the graph of every step: memory and time grow until the program dies.",
        "add the number, not the graph:\ntotal += loss.item()",
    ),
    # losses
    "loss-broadcast": (
        "Every output is compared with every target: the model learns the mean of the targets.",
        "give both the same shape: y.view_as(output), y.unsqueeze(1) or output.squeeze(1).",
    ),
    "softmax-before-cross-entropy": (
        "cross_entropy applies log_softmax itself; doing it twice flattens the gradients, so that "
        "training is slow or stops early.",
        "hand over the raw outputs: remove the softmax before the loss, and use it only to read "
        "off probabilities.",
    ),
    "sigmoid-before-bce-with-logits": (
        "binary_cross_entropy_with_logits applies the sigmoid itself; twice, outputs between 0.5 "
        "and 0.73 are all it ever sees.",
        "remove the sigmoid before the loss, or use nn.BCELoss() with it.",
    ),
    "nll-on-raw-scores": (
        "nll_loss only picks -input[target]: without log_softmax it falls without bound as the "
        "scores grow.",
        "use nn.CrossEntropyLoss() on the scores, or F.nll_loss(F.log_softmax(x, dim=1), y).",
    ),
    "target-out-of-range": (
        "The loss is not defined for such targets, or rewards outputs that run away.",
        "make class indices 0 to C-1, and binary targets 0.0 or 1.0.",
    ),
    "target-dtype": (
        "The loss cannot tell class indices from values.",
        "class indices are integers: y.long(); values and probabilities are floats: y.float().",
    ),
    "one-hot-as-classes": (
        "The loss wants one class index per sample, not a row of zeros and a one.",
        "pass the indices: y.argmax(dim=1), or the one-hot rows as probabilities: y.float().",
    ),
    "float64-mixed": (
        "float64 spreads through promotion: everything after runs at half the speed, and PyTorch "
        "refuses it in matrix products.",
        "convert the data once where it is made: torch.from_numpy(a).float() or "
        "torch.tensor(a, dtype=torch.float32).",
    ),
    # numbers
    "nan-forward": (
        "From here on every number and every gradient is NaN or Inf, and a step destroys the "
        "parameters.",
        "keep the operation inside of its domain: clamp its input, add a small eps, or use the "
        "stable form (log_softmax, logsumexp, ..._with_logits).",
    ),
    "nan-in-data": (
        "One such number makes the loss and all gradients NaN.",
        "clean the data: x[torch.isfinite(x).all(dim=1)] or torch.nan_to_num(x).",
    ),
    "nan-backward": (
        "The forward value is fine, but the derivative at this value is not finite; a step with "
        "it destroys the parameters. A where() behind it does not help: 0 * inf is NaN.",
        "keep the input away from the edge before the operation: sqrt(x + eps), x.clamp(min=eps), "
        "(x * x).sum().add(eps).sqrt(), or where() on the input rather than on the result.",
    ),
    "lr-too-large": (
        "Each step overshoots the minimum by more than the last one.",
        "divide the learning rate by 10 until the loss falls.",
    ),
    "lr-too-small": (
        "The parameters do not move: training for this long changes nothing.",
        "multiply the learning rate by 10 until the loss falls visibly in the first steps.",
    ),
    # parameters
    "parameter-without-gradient": (
        "It stays as it was initialised: it takes no part in the loss, or was detached from it.",
        "use it in forward(), or remove it; look for .detach(), .data, .item() and no_grad() "
        "between it and the loss.",
    ),
    "parameter-not-in-optimizer": (
        "Its gradient is computed at every step and never used: it stays as it was initialised.",
        "give all parameters to the optimizer: optim.SGD(model.parameters(), ...); to keep it "
        "fixed on purpose, say requires_grad_(False).",
    ),
    "parameter-twice": (
        "Its update is made twice in each step.",
        "list each parameter once.",
    ),
    "optimizer-too-early": (
        "It updates tensors that the model no longer uses, and the model does not learn.",
        "build the optimizer after the model is complete and has been moved.",
    ),
    "equal-weights": (
        "All units compute the same and get the same gradient: the layer never learns more than "
        "one unit could.",
        "initialise at random: nn.init.kaiming_uniform_(layer.weight), or torch.randn(...) * 0.01.",
    ),
    # data
    "same-order": (
        "The batches are the same in every epoch: their order is learned, and the gradient noise "
        "does not average out.",
        "DataLoader(..., shuffle=True); where the order matters, say shuffle=False.",
    ),
    "normalised-otherwise": (
        "The model sees numbers at test time that it was not trained for; its accuracy there "
        "says nothing.",
        "apply the same transform, with the mean and deviation of the training data, to both.",
    ),
    # modules
    "init-misspelt": (
        "Python never calls it: the layers are not made, and the module has no parameters.",
        "two underscores on each side: def __init__(self):",
    ),
    "super-init-missing": (
        "nn.Module cannot register layers and parameters before its own __init__ ran.",
        "begin with super().__init__()",
    ),
    "dead-relu": (
        "A unit that is 0 for all inputs has gradient 0: it never comes back.",
        "lower the learning rate, initialise biases at 0 or above, or use nn.LeakyReLU().",
    ),
    "batchnorm-of-one": (
        "The statistics of a single sample say nothing: it is normalised by itself, and the "
        "running statistics follow it.",
        "use larger batches, DataLoader(..., drop_last=True), or nn.GroupNorm; for a single "
        "prediction call model.eval() first.",
    ),
    "eval-missing": (
        "Dropout and batch normalisation still work as in training: the result is random, or "
        "depends on the other samples of the batch.",
        "model.eval()\nwith torch.no_grad():\n    ...\nmodel.train()  # before training goes on",
    ),
    "no-grad-missing": (
        "A graph is recorded that nobody uses: evaluation takes more time and memory.",
        "with torch.no_grad():\n    ...",
    ),
    "left-in-eval": (
        "Dropout is off and batch normalisation uses frozen statistics while the model trains.",
        "call model.train() at the start of each epoch, or after the evaluation.",
    ),
}
