"""A graph convolutional network, as Kipf and Welling 2017 have it, on a made-up graph of four groups of nodes."""

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import Adam


class GraphConv(nn.Module):
    def __init__(self, inputs, outputs, random):
        super().__init__()
        weight = random.uniform(-1, 1, (inputs, outputs)) * np.sqrt(6 / (inputs + outputs))
        self.weight = nn.Parameter(torch.tensor(weight, dtype=torch.float32))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x, adjacency):
        return torch.spmm(adjacency, torch.mm(x, self.weight)) + self.bias


class GCN(nn.Module):
    def __init__(self, inputs, hidden, classes, random):
        super().__init__()
        self.first = GraphConv(inputs, hidden, random)
        self.second = GraphConv(hidden, classes, random)

    def forward(self, x, adjacency):
        x = F.relu(self.first(x, adjacency))
        return F.log_softmax(self.second(x, adjacency), dim=1)


def graph(nodes, classes, random):
    """Return features, labels and the edges of a graph whose nodes mostly know their own group."""
    labels = np.arange(nodes) % classes
    pairs = random.integers(0, nodes, (12 * nodes, 2))
    alike = labels[pairs[:, 0]] == labels[pairs[:, 1]]
    pairs = pairs[alike | (random.uniform(size=len(pairs)) < 0.1)]
    pairs = np.concatenate([pairs, pairs[:, ::-1], np.stack([np.arange(nodes)] * 2, 1)])
    features = random.normal(size=(nodes, 8)) + np.eye(8)[labels]
    return features.astype(np.float32), labels, np.unique(pairs, axis=0)


def normalised(edges, nodes):
    """Return D^-1/2 A D^-1/2 as a sparse tensor."""
    indices = torch.tensor(edges.T.copy())
    adjacency = torch.sparse_coo_tensor(indices, torch.ones(len(edges)), (nodes, nodes)).coalesce()
    degrees = torch.sparse.sum(adjacency, dim=1).to_dense()
    rows, columns = adjacency.indices()
    values = adjacency.values() / torch.sqrt(degrees[rows] * degrees[columns])
    return torch.sparse_coo_tensor(adjacency.indices(), values, adjacency.size())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=60)
    options = parser.parse_args()
    random = np.random.default_rng(0)
    features, labels, edges = graph(200, 4, random)
    adjacency = normalised(edges, len(labels))
    x, y = torch.tensor(features), torch.tensor(labels)
    known = torch.arange(40)
    model = GCN(features.shape[1], 16, 4, random)
    optimizer = Adam(model.parameters(), lr=0.01, weight_decay=5e-4)
    for epoch in range(options.epochs):
        model.train()
        optimizer.zero_grad()
        loss = F.nll_loss(model(x, adjacency)[known], y[known])
        loss.backward()
        optimizer.step()
        if epoch % 20 == 19:
            print(f"epoch {epoch + 1}: loss {loss.item():.3f}")
    model.eval()
    with torch.no_grad():
        right = (model(x, adjacency).argmax(1) == y)[40:].float().mean().item()
    print(f"right: {right:.2f}")


if __name__ == "__main__":
    main()
