"""Train an LSTM to continue Shakespeare's sonnets letter by letter, and let it write.

It draws windows of the text step by step, without epochs, so it writes the loop out instead of using `Trainer`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import mocrograd as torch
import mocrograd.nn.functional as F
from mocrograd import nn, optim

TEXT = (Path(__file__).parent / "data" / "sonnets.txt").read_text(encoding="utf-8")
LETTERS = sorted(set(TEXT))
PLACE = {letter: place for place, letter in enumerate(LETTERS)}


class CharLSTM(nn.Module):
    """An embedding of letters, an LSTM, and scores of the next letter."""

    def __init__(self, hidden: int = 96) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS), 32)
        self.lstm = nn.LSTM(32, hidden, batch_first=True)
        self.head = nn.Linear(hidden, len(LETTERS))

    def forward(self, letters, state=None):
        """Return scores, (batch, length, letters), and the state behind the last letter."""
        y, state = self.lstm(self.embedding(letters), state)
        return self.head(y), state


def write(model: CharLSTM, start: str, length: int, temperature: float = 0.7) -> str:
    """Let a model continue a text."""
    model.eval()
    text = start
    with torch.no_grad():
        scores, state = model(torch.tensor([[PLACE[letter] for letter in start]]))
        for _ in range(length):
            chances = F.softmax(scores[0, -1] / temperature, dim=-1)
            place = torch.multinomial(chances, 1)
            text += LETTERS[place.item()]
            scores, state = model(place.reshape(1, 1), state)
    return text


def train(steps: int = 300, length: int = 48, batch: int = 16, seed: int = 0) -> tuple[list[float], CharLSTM]:
    """Train on random pieces of the text; return the losses and the model."""
    torch.manual_seed(seed)
    text = torch.tensor([PLACE[letter] for letter in TEXT])
    model = CharLSTM()
    optimizer = optim.Adam(model.parameters(), lr=4e-3)
    losses = []
    for _ in range(steps):
        starts = torch.randint(0, len(text) - length - 1, (batch,))
        pieces = torch.stack([text[s : s + length + 1] for s in starts.tolist()])
        optimizer.zero_grad()
        scores, _ = model(pieces[:, :-1])
        loss = F.cross_entropy(scores.reshape(-1, len(LETTERS)), pieces[:, 1:].reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses, model


def main() -> None:
    """Train, print, and write some lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=600)
    options = parser.parse_args()
    losses, model = train(options.steps)
    for step in [*range(0, options.steps, 100), options.steps - 1]:
        print(f"step {step:3}  loss {losses[step]:.4f}")
    print(write(model, "Shall I ", 200))


if __name__ == "__main__":
    main()
