"""A model of words as torch's own example writes it: recurrent networks and a transformer, saved and loaded whole."""

import io
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.onnx
from same import fill, integers, report

WORDS, SIZE, STEPS = 30, 16, 6


class RNNModel(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.encoder, self.decoder = nn.Embedding(WORDS, SIZE), nn.Linear(SIZE, WORDS)
        if kind in ("LSTM", "GRU"):
            self.rnn = getattr(nn, kind)(SIZE, SIZE, 2, dropout=0.0)
        else:
            self.rnn = nn.RNN(SIZE, SIZE, 2, nonlinearity={"RNN_TANH": "tanh", "RNN_RELU": "relu"}[kind])
        self.decoder.weight = self.encoder.weight
        self.kind = kind

    def forward(self, input, hidden):
        output, hidden = self.rnn(self.encoder(input), hidden)
        return F.log_softmax(self.decoder(output).view(-1, WORDS), dim=1), hidden

    def init_hidden(self, batch):
        weight = next(self.parameters())
        hidden = weight.new_zeros(2, batch, SIZE)
        return (hidden, weight.new_zeros(2, batch, SIZE)) if self.kind == "LSTM" else hidden


class PositionalEncoding(nn.Module):
    def __init__(self):
        super().__init__()
        pe, position = torch.zeros(50, SIZE), torch.arange(0, 50, dtype=torch.float).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, SIZE, 2).float() * (-math.log(10000.0) / SIZE))
        pe[:, 0::2], pe[:, 1::2] = torch.sin(position * div_term), torch.cos(position * div_term)
        self.register_buffer("pe", pe.unsqueeze(0).transpose(0, 1))

    def forward(self, x):
        return x + self.pe[: x.size(0), :]


class TransformerModel(nn.Transformer):
    def __init__(self):
        super().__init__(d_model=SIZE, nhead=2, dim_feedforward=SIZE, num_encoder_layers=2, dropout=0.0)
        self.pos_encoder, self.input_emb = PositionalEncoding(), nn.Embedding(WORDS, SIZE)
        self.decoder = nn.Linear(SIZE, WORDS)
        nn.init.zeros_(self.decoder.bias)

    def forward(self, src):
        mask = torch.log(torch.tril(torch.ones(len(src), len(src))))
        output = self.encoder(self.pos_encoder(self.input_emb(src) * math.sqrt(SIZE)), mask=mask)
        return F.log_softmax(self.decoder(output), dim=-1)


def repackage_hidden(h):
    return h.detach() if isinstance(h, torch.Tensor) else tuple(repackage_hidden(v) for v in h)


def train(model):
    criterion, source, losses = nn.NLLLoss(), integers(WORDS, 200).view(10, -1).t().contiguous(), []
    hidden = model.init_hidden(10) if isinstance(model, RNNModel) else None
    for _ in range(4):
        for i in range(0, source.size(0) - 1, STEPS):
            length = min(STEPS, len(source) - 1 - i)
            data, targets = source[i : i + length], source[i + 1 : i + 1 + length].view(-1)
            model.zero_grad()
            if hidden is None:
                output = model(data).view(-1, WORDS)
            else:
                output, hidden = model(data, repackage_hidden(hidden))
            loss = criterion(output, targets)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.25)
            for p in model.parameters():
                if p.grad is not None:  # the decoder of `nn.Transformer` has no part in it
                    p.data.add_(p.grad, alpha=-2.0)
            losses.append(loss.item())
    return losses


def again(model, classes):
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    with torch.serialization.safe_globals(classes):
        return torch.load(file)


modules = torch.nn.modules
recurrent = [
    RNNModel,
    modules.sparse.Embedding,
    modules.linear.Linear,
    modules.rnn.LSTM,
    modules.rnn.GRU,
    modules.rnn.RNN,
]
attending = [
    TransformerModel, PositionalEncoding, modules.activation.MultiheadAttention, modules.container.ModuleList,
    modules.dropout.Dropout, modules.linear.NonDynamicallyQuantizableLinear, modules.normalization.LayerNorm,
    modules.transformer.TransformerEncoder, modules.transformer.TransformerEncoderLayer,
    modules.transformer.TransformerDecoder, modules.transformer.TransformerDecoderLayer, torch.nn.functional.relu,
]  # fmt: skip
figures = {}
for kind in ("RNN_TANH", "RNN_RELU", "LSTM", "GRU"):
    model = fill(RNNModel(kind), 0.3)
    figures[kind] = train(model)
    figures[f"{kind} loaded"] = again(model, recurrent)(integers(WORDS, 3, 1), model.init_hidden(1))[0]
model = fill(TransformerModel(), 0.2)
figures["Transformer"] = train(model)
figures["Transformer loaded"] = again(model, [*recurrent, *attending]).eval()(integers(WORDS, 3, 1))
report(**figures)
