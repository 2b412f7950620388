"""Programs with recurrent layers and attention: states, packed sequences, masks and errors.

What they print in PyTorch is recorded; chainrule must print the same, advice left out.
"""

from nn.program import attempt, program


@program
def packed_sequences(torch, nn):
    rnn = nn.utils.rnn
    parts = [torch.arange(3.0), torch.arange(5.0), torch.arange(1.0)]
    packed = rnn.pack_sequence(parts, enforce_sorted=False)
    print(packed, packed.double().data.dtype, packed.to("cpu") is packed, packed.is_cuda)
    print(rnn.pad_packed_sequence(packed, batch_first=True, padding_value=-1.0, total_length=6))
    print(rnn.unpack_sequence(packed), rnn.invert_permutation(torch.tensor([2, 0, 1])))
    print(rnn.pad_sequence(parts, True, 9.0, "left"), rnn.pad_sequence([torch.ones(2, 1)]).shape)
    padded = torch.zeros(4, 2, 3)
    attempt(
        lambda: rnn.pack_padded_sequence(padded, [2, 4]),
        lambda: rnn.pack_padded_sequence(padded, [4, 0]),
        lambda: rnn.pack_padded_sequence(padded, [4]),
        lambda: rnn.pack_padded_sequence(padded[:0], [4, 1]),
        lambda: rnn.pad_packed_sequence(packed, total_length=3),
        lambda: rnn.pad_sequence([]),
        lambda: rnn.pad_sequence(3),
        lambda: rnn.pad_sequence(parts, padding_side="up"),
        lambda: rnn.PackedSequence(padded),
    )


@program
def packed_layers(torch, nn):
    lengths = torch.tensor([2, 4])
    for name in ("RNN", "LSTM", "GRU"):
        x = torch.randn(2, 4, 3, requires_grad=True)
        layer = getattr(nn, name)(3, 2, 2, batch_first=True, bidirectional=True)
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, True, enforce_sorted=False)
        output, state = layer(packed)
        padded, sizes = nn.utils.rnn.pad_packed_sequence(output, batch_first=True)
        padded.square().sum().backward()
        print(padded, sizes, state, x.grad)
    attempt(lambda: nn.GRU(5, 2)(packed), lambda: nn.RNN(3, 2)(packed, torch.zeros(1, 3, 2)))


@program
def recurrent_arguments(torch, nn):
    layer = nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2)
    print(layer, list(layer.state_dict()), [len(each) for each in layer.all_weights])
    x = torch.ones(2, 5, 3)
    attempt(
        lambda: nn.RNN(3, 4)(x[..., :2]),
        lambda: nn.RNN(3, 4)(x[0, 0]),
        lambda: nn.GRU(3, 4)(x[None]),
        lambda: nn.LSTM(3, 4)(x.double()),
        lambda: nn.RNN(3, 4)(x[:0]),
        lambda: nn.RNN(3, 4)(x, torch.ones(1, 4, 4)),
        lambda: nn.RNN(3, 4)(x, torch.ones(5, 4)),
        lambda: nn.RNN(3, 4)(x[0], torch.ones(1, 5, 4)),
        lambda: nn.LSTM(3, 4)(x, (torch.ones(1, 4, 4), torch.ones(1, 5, 4))),
        lambda: nn.LSTM(3, 4)(x, (torch.ones(5, 4), torch.ones(5, 4))),
        lambda: nn.RNN(3, 4, 0),
        lambda: nn.RNN(3, 0),
        lambda: nn.RNN(0, 3),
        lambda: nn.RNN(3, 4, dropout=2),
        lambda: nn.RNN(3, 4.0),
        lambda: nn.RNN(3, 4, batch_first=1),
        lambda: nn.RNN(3, 4, nonlinearity="sin"),
        lambda: nn.GRU(3, 4, proj_size=2),
        lambda: nn.LSTM(3, 4, proj_size=4),
        lambda: nn.RNNBase("XX", 3, 4),
        lambda: nn.RNNCell(3, 4)(x),
        lambda: nn.GRUCell(3, 4)(x[0], torch.ones(2, 4)),
        lambda: nn.LSTMCell(3, 4)(x[0], torch.ones(5, 4)),
        lambda: nn.LSTMCell(3, 4)(x[0], (torch.ones(5, 3), torch.ones(5, 4))),
        lambda: nn.RNNCell(3, 4, nonlinearity="sin")(x[0]),
    )


@program
def attention_masks(torch, nn):
    layer = nn.MultiheadAttention(4, 2)
    x = torch.randn(3, 2, 4)
    causal = nn.Transformer.generate_square_subsequent_mask(3)
    padding = torch.tensor([[True, True, True], [False, False, True]])
    print(layer(x, x, x, attn_mask=causal, average_attn_weights=False))
    print(layer(x, x, x, attn_mask=causal, is_causal=True, need_weights=False))
    print(layer(x, x, x, key_padding_mask=padding), layer(x, x, x, padding, need_weights=False))
    print(layer(x[:, 0], x[:, 1], x[:, 1], attn_mask=torch.zeros(2, 3, 3)))
    attempt(
        lambda: layer(x[..., :3], x, x),
        lambda: layer(x[0], x, x),
        lambda: layer(x[0, 0], x, x),
        lambda: layer(x, x[:2], x),
        lambda: layer(x, x, x, is_causal=True),
        lambda: layer(x, x, x, attn_mask=causal[:2]),
        lambda: layer(x, x, x, attn_mask=torch.zeros(3, 3, 3)),
        lambda: layer(x, x, x, attn_mask=torch.zeros(3, 3, dtype=torch.int64)),
        lambda: layer(x, x, x, key_padding_mask=padding[:1]),
        lambda: layer(x, x, x, key_padding_mask=padding[:, :2]),
        lambda: layer(x[0], x[0], x[0], padding),
        lambda: nn.MultiheadAttention(4, 3),
        lambda: nn.MultiheadAttention(0, 3),
    )


@program
def transformers(torch, nn):
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    encoder = nn.TransformerEncoder(layer, 2, nn.LayerNorm(4)).eval()
    x = torch.randn(2, 3, 4)
    padding = torch.tensor([[False, False, True], [False, False, False]])
    print(encoder, encoder(x, src_key_padding_mask=padding))
    with torch.no_grad():
        print(encoder(x, src_key_padding_mask=padding))
    model = nn.Transformer(4, 2, 1, 1, 8, 0.0, batch_first=True)
    causal = model.generate_square_subsequent_mask(3, dtype=torch.float32)
    print(model, list(model.state_dict()), model(x, x, tgt_mask=causal))
    attempt(
        lambda: model(x, x[:1]),
        lambda: model(x[..., :3], x),
        lambda: nn.TransformerEncoderLayer(4, 2, activation="tanh"),
        lambda: layer(x, src_key_padding_mask=padding.long()),
    )


@program
def many_classes(torch, nn):
    layer = nn.AdaptiveLogSoftmaxWithLoss(4, 10, [3, 6], 2.0)
    x = torch.randn(3, 4)
    print(layer, layer(x[0], torch.tensor(5)), layer.log_prob(x), layer.predict(x))
    make = nn.AdaptiveLogSoftmaxWithLoss
    attempt(
        lambda: layer(x, torch.tensor([0, 4, 10])),
        lambda: layer(x, torch.tensor([[0, 4, 9]])),
        lambda: layer(x[:2], torch.tensor([0, 4, 9])),
        lambda: layer(x[None], torch.tensor([0])),
        lambda: make(4, 10, [6, 3]),
        lambda: make(4, 10, []),
        lambda: make(4, 10, [3, 10]),
    )


@program
def refused_settings(torch, nn):
    x = torch.ones(2, 3)
    attempt(
        lambda: nn.FractionalMaxPool2d(2),
        lambda: nn.FractionalMaxPool2d(2, 3, 0.5),
        lambda: nn.FractionalMaxPool3d(2, output_ratio=2),
        lambda: nn.EmbeddingBag(5, 3, padding_idx=7),
        lambda: nn.EmbeddingBag(5, 3, _weight=x),
        lambda: nn.EmbeddingBag.from_pretrained(x[0]),
        lambda: nn.LinearCrossEntropyLoss(3, 2, weight=x[0]),
        lambda: nn.LinearCrossEntropyLoss(3, 2, label_smoothing=2.0),
        lambda: nn.HuberLoss(delta=1j),
        lambda: nn.BatchNorm1d(3, eps=0.0)(x),
        lambda: nn.BatchNorm1d(3, eps=-1.0).eval()(x),
        lambda: nn.GaussianNLLLoss()(x, x, torch.ones(3)),
        lambda: nn.GaussianNLLLoss()(x, x, torch.ones(1, 3)),
        lambda: nn.CircularPad1d(1)(x[0]),
        lambda: nn.CircularPad2d(1)(x),
        lambda: nn.CrossEntropyLoss(label_smoothing=0.5)(x[0], torch.tensor(1)),
        lambda: nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(nn.BatchNorm1d(3))),
        lambda: nn.Linear(1, 1).xpu(),
    )
