"""skorch: the README's classifier in a pipeline and in a grid search of scikit-learn, with callbacks and a file."""

import tempfile
from pathlib import Path

import numpy as np
import torch
from same import fill, report
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetBinaryClassifier, NeuralNetClassifier, NeuralNetRegressor
from skorch.callbacks import Checkpoint, EarlyStopping, EpochScoring, GradientNormClipping, LRScheduler
from skorch.dataset import ValidSplit
from torch import nn

X, y = make_classification(300, 20, n_informative=10, random_state=0)
X, y = X.astype(np.float32), y.astype(np.int64)


class MyModule(nn.Module):
    def __init__(self, num_units=10, nonlin=None):
        super().__init__()
        self.dense0 = nn.Linear(20, num_units)
        self.nonlin = nonlin or nn.ReLU()
        self.dense1 = nn.Linear(num_units, num_units)
        self.output = nn.Linear(num_units, 2)
        self.softmax = nn.Softmax(dim=-1)
        fill(self, 0.2)

    def forward(self, X, **kwargs):
        X = self.nonlin(self.dense0(X))
        X = self.nonlin(self.dense1(X))
        return self.softmax(self.output(X))


class Line(nn.Module):
    def __init__(self, outputs=1):
        super().__init__()
        self.layer = fill(nn.Linear(20, outputs))

    def forward(self, X):
        return self.layer(X).squeeze(-1)


net = NeuralNetClassifier(MyModule, max_epochs=10, lr=0.1, iterator_train__shuffle=False)
net.fit(X, y)
probabilities = net.predict_proba(X)

pipe = Pipeline([("scale", StandardScaler()), ("net", NeuralNetClassifier(MyModule, max_epochs=5, lr=0.1, verbose=0))])
pipe.fit(X, y)

net.set_params(train_split=False, verbose=0)
parameters = {"lr": [0.01, 0.1], "max_epochs": [5, 8], "module__num_units": [10, 20]}
search = GridSearchCV(net, parameters, refit=False, cv=3, scoring="accuracy")
search.fit(X, y)

folder = Path(tempfile.mkdtemp())
kept = Checkpoint(dirname=folder, monitor="valid_loss_best")
called = NeuralNetClassifier(
    MyModule,
    criterion=nn.CrossEntropyLoss,
    optimizer=torch.optim.AdamW,
    optimizer__weight_decay=0.01,
    max_epochs=12,
    lr=0.05,
    batch_size=64,
    train_split=ValidSplit(4, stratified=False),
    verbose=0,
    callbacks=[
        kept,
        EarlyStopping(patience=3),
        LRScheduler(policy=torch.optim.lr_scheduler.StepLR, step_size=2, gamma=0.8),
        EpochScoring("roc_auc", lower_is_better=False),
        GradientNormClipping(1.0),
    ],
)
called.fit(X, y)
called.load_params(checkpoint=kept)
called.save_params(f_params=folder / "whole.pt", f_optimizer=folder / "optimizer.pt", f_history=folder / "history.json")
other = NeuralNetClassifier(MyModule, criterion=nn.CrossEntropyLoss, optimizer=torch.optim.AdamW).initialize()
other.load_params(f_params=folder / "whole.pt", f_optimizer=folder / "optimizer.pt", f_history=folder / "history.json")

regressor = NeuralNetRegressor(Line, max_epochs=6, lr=0.01, verbose=0, train_split=False).fit(X, X[:, 0] * 2)
binary = NeuralNetBinaryClassifier(Line, max_epochs=6, lr=0.1, verbose=0).fit(X, y.astype(np.float32))

report(
    packages=["skorch", "scikit-learn"],
    train_loss=net.history[:, "train_loss"] if "train_loss" in net.history[0] else [],
    losses=pipe.named_steps["net"].history[:, ("train_loss", "valid_loss", "valid_acc")].__len__(),
    pipe_losses=pipe.named_steps["net"].history[:, "valid_loss"],
    probabilities=probabilities.ravel().tolist(),
    predicted=net.predict(X[:20]).tolist() if net.initialized_ else [],
    pipe=pipe.predict_proba(X).ravel().tolist(),
    best=search.best_params_,
    best_score=float(search.best_score_),
    scores=search.cv_results_["mean_test_score"].tolist(),
    crossed=cross_val_predict(net, X, y, cv=3).tolist(),
    called=called.history[:, ("train_loss", "valid_loss", "roc_auc")][-1][0],
    called_losses=called.history[:, "valid_loss"],
    epochs=len(called.history),
    loaded=other.predict_proba(X).ravel().tolist(),
    regression=regressor.history[:, "train_loss"],
    regressed=regressor.predict(X).ravel().tolist(),
    binary=binary.predict_proba(X).ravel().tolist(),
    score=float(binary.score(X, y)),
)
