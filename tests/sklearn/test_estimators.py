"""The estimators are scikit-learn's: its checks, its numbers, its errors, and what people put them into."""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from inspect import signature

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

pytest.importorskip("sklearn.utils.validation", reason="scikit-learn is not installed")

import joblib
from joblib.externals.loky import get_reusable_executor
from mocrograd.sklearn import MLPClassifier, MLPRegressor
from scipy.sparse import csc_matrix, csr_matrix
from sklearn import neural_network
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:.*iprint:DeprecationWarning"),  # of older scikit-learn with newer SciPy
]

DIGITS, DIGIT = load_digits(return_X_y=True)
DIGITS = DIGITS / 16
FEATURES, PROGRESS = load_diabetes(return_X_y=True)
FEATURES, PROGRESS = FEATURES * 20, PROGRESS / 100
SOME = slice(0, 450)


@parametrize_with_checks(
    [
        MLPClassifier(max_iter=100),
        MLPRegressor(max_iter=100),
        MLPClassifier(solver="sgd", max_iter=100),
        MLPRegressor(solver="lbfgs", max_iter=100),
    ]
)
def test_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


# --------------------------------------------------------------------------------- equal to scikit-learn's

TWO_COLUMNS = np.column_stack([PROGRESS, 1 - PROGRESS[::-1]])
LABELS = np.column_stack([DIGIT > 4, DIGIT % 2]).astype(int)
WEIGHTS = np.random.RandomState(1).uniform(0.1, 2, len(DIGIT))


@pytest.mark.parametrize(
    ("kind", "target", "options"),
    [
        ("MLPClassifier", DIGIT, {}),
        ("MLPClassifier", DIGIT, {"activation": "tanh", "hidden_layer_sizes": (30, 20), "batch_size": 64}),
        ("MLPClassifier", DIGIT, {"shuffle": False, "hidden_layer_sizes": 12, "alpha": 1.0}),
        ("MLPClassifier", DIGIT, {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}),
        ("MLPClassifier", DIGIT > 4, {"activation": "logistic"}),
        ("MLPClassifier", DIGIT, {"early_stopping": True, "n_iter_no_change": 2}),
        ("MLPClassifier", np.array([f"digit {d}" for d in DIGIT]), {"max_iter": 3}),
        ("MLPClassifier", LABELS, {}),
        ("MLPClassifier", DIGIT, {"solver": "sgd"}),
        ("MLPClassifier", DIGIT, {"solver": "sgd", "momentum": 0.5, "nesterovs_momentum": False}),
        ("MLPClassifier", DIGIT, {"solver": "sgd", "momentum": 0}),
        ("MLPClassifier", DIGIT, {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.5}),
        (
            "MLPClassifier",
            DIGIT,
            {"solver": "sgd", "learning_rate": "adaptive", "tol": 1e-1, "n_iter_no_change": 1, "max_iter": 30},
        ),
        ("MLPRegressor", PROGRESS, {"max_iter": 40}),
        ("MLPRegressor", TWO_COLUMNS, {"activation": "identity"}),
        ("MLPRegressor", PROGRESS, {"early_stopping": True, "solver": "sgd", "hidden_layer_sizes": (8, 8)}),
    ],
)
def test_training_gives_the_numbers_of_scikit_learn(kind, target, options):
    x = DIGITS if kind == "MLPClassifier" else FEATURES
    options = {"max_iter": 12, "random_state": 3, **options}
    theirs = getattr(neural_network, kind)(**options).fit(x, target)
    ours = {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}[kind](**options).fit(x, target)
    assert ours._descent._compiled.reasons == []
    same_results(ours, theirs, x)


def same_results(ours, theirs, x, rtol=1e-7):
    for name in ("n_iter_", "t_", "n_outputs_", "n_layers_", "out_activation_", "n_features_in_"):
        assert getattr(ours, name) == getattr(theirs, name), name
    for name in ("loss_", "loss_curve_", "best_loss_", "best_validation_score_", "validation_scores_"):
        mine, expected = getattr(ours, name), getattr(theirs, name)
        assert (mine is None) == (expected is None), name
        if mine is not None:
            np.testing.assert_allclose(mine, expected, rtol=rtol, err_msg=name)
    for name in ("coefs_", "intercepts_"):
        for mine, expected in zip(getattr(ours, name), getattr(theirs, name)):
            np.testing.assert_allclose(mine, expected, rtol=rtol, atol=1e-9, err_msg=name)
            assert mine.dtype == expected.dtype
    np.testing.assert_array_equal(ours.predict(x[SOME]).shape, theirs.predict(x[SOME]).shape)
    if hasattr(ours, "classes_"):
        np.testing.assert_array_equal(ours.classes_, theirs.classes_)
        np.testing.assert_array_equal(ours.predict(x), theirs.predict(x))
        np.testing.assert_allclose(ours.predict_proba(x), theirs.predict_proba(x), rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(ours.predict_log_proba(x), theirs.predict_log_proba(x), rtol=1e-6, atol=1e-9)
    else:
        np.testing.assert_allclose(ours.predict(x), theirs.predict(x), rtol=1e-6)


@pytest.mark.skipif(
    "sample_weight" not in signature(neural_network.MLPClassifier.fit).parameters, reason="scikit-learn before 1.7"
)
@pytest.mark.parametrize("target", [DIGIT, DIGIT > 4, LABELS], ids=["classes", "two classes", "labels"])
def test_weights_give_the_numbers_of_scikit_learn(target):
    options = {"max_iter": 10, "random_state": 1}
    theirs = neural_network.MLPClassifier(**options).fit(DIGITS, target, sample_weight=WEIGHTS)
    ours = MLPClassifier(**options).fit(DIGITS, target, sample_weight=WEIGHTS)
    same_results(ours, theirs, DIGITS)


@pytest.mark.skipif("loss" not in signature(neural_network.MLPRegressor).parameters, reason="scikit-learn before 1.7")
def test_counts_give_the_numbers_of_scikit_learn():
    counts = np.floor(PROGRESS * 3)
    options = {"loss": "poisson", "max_iter": 20, "random_state": 1}
    theirs = neural_network.MLPRegressor(**options).fit(FEATURES, counts)
    same_results(MLPRegressor(**options).fit(FEATURES, counts), theirs, FEATURES)


def test_batches_that_weigh_nothing_change_nothing():
    weights = np.ones(len(DIGIT))
    weights[200:] = 0
    ours = MLPClassifier(max_iter=3, random_state=1, shuffle=False).fit(DIGITS, DIGIT, sample_weight=weights)
    alone = MLPClassifier(max_iter=3, random_state=1, shuffle=False).fit(DIGITS[:200], DIGIT[:200])
    np.testing.assert_allclose(ours.coefs_[0], alone.coefs_[0])


def test_float32_is_computed_in_float32():
    x = DIGITS.astype(np.float32)
    theirs = neural_network.MLPClassifier(max_iter=5, random_state=0).fit(x, DIGIT)
    ours = MLPClassifier(max_iter=5, random_state=0).fit(x, DIGIT)
    assert ours.coefs_[0].dtype == ours.predict_proba(x).dtype == np.float32
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-5)


@pytest.mark.parametrize("sparse", [csr_matrix, csc_matrix])
def test_sparse_inputs_give_the_numbers_of_dense_ones(sparse):
    dense = MLPClassifier(max_iter=5, random_state=0).fit(DIGITS, DIGIT)
    ours = MLPClassifier(max_iter=5, random_state=0).fit(sparse(DIGITS), DIGIT)
    np.testing.assert_array_equal(ours.coefs_[0], dense.coefs_[0])
    np.testing.assert_array_equal(ours.predict_proba(sparse(DIGITS)), dense.predict_proba(DIGITS))


def test_epochs_one_by_one_give_the_numbers_of_scikit_learn():
    theirs, ours = neural_network.MLPClassifier(random_state=5), MLPClassifier(random_state=5)
    for start in range(0, 1797, 400):
        part = slice(start, start + 400)
        for estimator in (theirs, ours):
            estimator.partial_fit(DIGITS[part], DIGIT[part], classes=range(10))
    same_results(ours, theirs, DIGITS)
    assert ours.t_ == 1797
    regressors = neural_network.MLPRegressor(random_state=5), MLPRegressor(random_state=5)
    for _ in range(4):
        for estimator in regressors:
            estimator.partial_fit(FEATURES, PROGRESS)
    same_results(*regressors[::-1], FEATURES)


def test_a_warm_start_goes_on_as_in_scikit_learn():
    theirs = neural_network.MLPClassifier(max_iter=4, random_state=5, warm_start=True)
    ours = MLPClassifier(max_iter=4, random_state=5, warm_start=True)
    for _ in range(3):
        same_results(ours.fit(DIGITS, DIGIT), theirs.fit(DIGITS, DIGIT), DIGITS)
    with pytest.raises(ValueError, match="same classes"):
        ours.fit(DIGITS[DIGIT < 4], DIGIT[DIGIT < 4])


def test_lbfgs_reaches_the_loss_of_scikit_learn():
    options = {"solver": "lbfgs", "hidden_layer_sizes": (12,), "alpha": 1.0, "random_state": 0, "max_iter": 300}
    x, y = DIGITS[SOME], DIGIT[SOME]
    theirs = neural_network.MLPClassifier(**options).fit(x, y)
    ours = MLPClassifier(**options).fit(x, y)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=0.1)
    assert ours.score(x, y) > 0.99
    convex = {"solver": "lbfgs", "hidden_layer_sizes": (), "alpha": 1.0, "random_state": 0, "tol": 1e-7}
    one, other = neural_network.MLPRegressor(**convex), MLPRegressor(**convex)
    np.testing.assert_allclose(
        other.fit(FEATURES, PROGRESS).coefs_[0], one.fit(FEATURES, PROGRESS).coefs_[0], rtol=1e-3, atol=1e-5
    )
    with pytest.warns(ConvergenceWarning, match="lbfgs failed to converge"):
        MLPClassifier(solver="lbfgs", max_iter=3).fit(DIGITS, DIGIT)
    with pytest.warns(ConvergenceWarning, match="lbfgs failed to converge"):
        MLPClassifier(solver="lbfgs", max_fun=3).fit(DIGITS, DIGIT)
    assert not hasattr(MLPClassifier(solver="lbfgs"), "partial_fit")


# ------------------------------------------------------------------------------------- what they are put into


def test_a_pipeline_searched_by_two_processes():
    network = MLPClassifier(max_iter=20, learning_rate_init=0.01, random_state=0)
    pipeline = make_pipeline(StandardScaler(), network)
    grid = {"mlpclassifier__hidden_layer_sizes": [(10,), (30,)], "mlpclassifier__alpha": [1e-4, 1.0]}
    x, y = DIGITS[SOME], DIGIT[SOME]
    try:
        found = GridSearchCV(pipeline, grid, cv=2, n_jobs=2).fit(x, y)
    finally:
        get_reusable_executor().shutdown(wait=True)  # its processes would wait for more, through the tests that follow
    alone = GridSearchCV(clone(pipeline), grid, cv=2).fit(x, y)
    np.testing.assert_array_equal(found.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])
    assert found.best_params_ == alone.best_params_
    assert found.best_score_ > 0.8
    np.testing.assert_array_equal(found.predict_proba(x), alone.predict_proba(x))


def test_cross_validation_and_ensembles_of_threads():
    estimator = MLPClassifier((20,), max_iter=20, learning_rate_init=0.01, random_state=0)
    with joblib.parallel_config("threading"):
        scores = cross_val_score(estimator, DIGITS[SOME], DIGIT[SOME], cv=3, n_jobs=3)
    np.testing.assert_array_equal(scores, cross_val_score(estimator, DIGITS[SOME], DIGIT[SOME], cv=3))
    bagged = BaggingClassifier(estimator, n_estimators=3, random_state=0).fit(DIGITS[SOME], DIGIT[SOME])
    assert bagged.score(DIGITS[SOME], DIGIT[SOME]) > 0.8


class Dropping(nn.Module):
    """A network of the user, with random numbers of its own."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(inputs, 30), nn.BatchNorm1d(30), nn.ReLU(), nn.Dropout(0.2))
        self.head = nn.LazyLinear(outputs)

    def forward(self, x):
        return self.head(self.body(x))


def test_results_follow_from_the_random_state_alone():
    def fit(module):
        estimator = MLPClassifier(max_iter=4, random_state=7, module=module)
        return estimator.fit(DIGITS[SOME], DIGIT[SOME]).predict_proba(DIGITS)

    for module in (None, Dropping):
        mg.manual_seed(3)
        np.random.seed(3)
        expected = fit(module)
        with ThreadPoolExecutor(3) as pool:
            for found in pool.map(fit, [module] * 4):
                np.testing.assert_array_equal(found, expected)


def test_no_generator_of_others_is_touched():
    for module in (None, Dropping):
        mg.manual_seed(3)
        np.random.seed(3)
        estimator = MLPClassifier(max_iter=2, random_state=7, module=module)
        estimator.fit(DIGITS[SOME], DIGIT[SOME]).predict(DIGITS)
        drawn = mg.rand(3).tolist(), np.random.rand(3).tolist()
        mg.manual_seed(3)
        np.random.seed(3)
        assert drawn == (mg.rand(3).tolist(), np.random.rand(3).tolist())
    generator = np.random.RandomState(0)
    first, second = (MLPClassifier(max_iter=1, random_state=generator).fit(DIGITS, DIGIT) for _ in range(2))
    assert (first.coefs_[0] != second.coefs_[0]).any()


@pytest.mark.parametrize("module", [None, nn.Sequential(nn.Linear(64, 20), nn.ReLU(), nn.Linear(20, 10))])
def test_copies_are_alike_and_go_on_alike(module, tmp_path):
    fitted = MLPClassifier(max_iter=3, random_state=0, module=module).fit(DIGITS, DIGIT)
    joblib.dump(fitted, tmp_path / "model.joblib")
    copies = [pickle.loads(pickle.dumps(fitted)), joblib.load(tmp_path / "model.joblib")]
    expected = fitted.predict_proba(DIGITS)
    fitted.partial_fit(DIGITS, DIGIT)
    for copied in copies:
        np.testing.assert_array_equal(copied.predict_proba(DIGITS), expected)
        copied.partial_fit(DIGITS, DIGIT)
        np.testing.assert_array_equal(copied.predict_proba(DIGITS), fitted.predict_proba(DIGITS))
    assert all(param.grad is None for param in fitted.module_.parameters())
    fresh = clone(fitted)
    assert not hasattr(fresh, "module_")
    np.testing.assert_array_equal(fresh.fit(DIGITS, DIGIT).predict_proba(DIGITS), expected)


@mg.no_grad()
def test_training_does_not_mind_where_gradients_are_off():
    for solver in ("adam", "lbfgs"):
        model = MLPRegressor(solver=solver, max_iter=5, random_state=0).fit(FEATURES, PROGRESS)
        assert np.isfinite(model.loss_)
        assert all(param.grad is None for param in model.module_.parameters())


def test_plans_last_from_call_to_call():
    model = MLPClassifier(random_state=0)
    for _ in range(4):
        model.partial_fit(DIGITS[SOME], DIGIT[SOME], classes=range(10))
    step = model._descent._compiled
    assert (len(step.plans), step.reasons) == (1, [])
    assert step.plan is not None


def test_names_of_features_are_kept():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(FEATURES, columns=[f"feature {i}" for i in range(10)])
    model = MLPRegressor(max_iter=3, random_state=0).fit(frame, pandas.Series(PROGRESS, name="progress"))
    assert model.feature_names_in_.tolist() == list(frame.columns)
    np.testing.assert_array_equal(
        model.predict(frame), MLPRegressor(max_iter=3, random_state=0).fit(FEATURES, PROGRESS).predict(FEATURES)
    )
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[frame.columns[::-1]])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        model.predict(FEATURES)
    names = pandas.Series([f"digit {d}" for d in DIGIT])
    assert MLPClassifier(max_iter=3).fit(pandas.DataFrame(DIGITS), names).predict(DIGITS)[0] in set(names)


# ------------------------------------------------------------------------------------------ modules of users


def test_a_module_is_copied_and_trained():
    module = nn.Sequential(nn.Linear(64, 30), nn.ReLU(), nn.Linear(30, 10))
    before = module[0].weight.clone()
    x, other, y, digit = train_test_split(DIGITS, DIGIT, random_state=0)
    model = MLPClassifier(module=module, max_iter=60, learning_rate_init=5e-3, random_state=0).fit(x, y)
    assert model.score(other, digit) > 0.95
    assert mg.equal(module[0].weight, before)
    assert not mg.equal(model.module_[0].weight, before)
    assert model.predict_proba(other).dtype == np.float32
    assert model._descent._compiled.reasons == []
    assert not hasattr(model, "coefs_")
    np.testing.assert_allclose(model.predict_proba(other).sum(1), 1, rtol=1e-5)


def test_a_module_is_made_from_the_numbers_of_features_and_outputs():
    made = []

    def make(inputs, outputs):
        made.append((inputs, outputs))
        return nn.Linear(inputs, outputs)

    MLPClassifier(module=make, max_iter=1).fit(DIGITS, DIGIT)
    MLPClassifier(module=make, max_iter=1).fit(DIGITS, DIGIT > 4)
    MLPClassifier(module=make, max_iter=1).fit(DIGITS, LABELS)
    MLPRegressor(module=make, max_iter=1).fit(FEATURES, TWO_COLUMNS)
    assert made == [(64, 10), (64, 1), (64, 2), (10, 2)]
    images = nn.Sequential(nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(10))
    assert MLPClassifier(module=images, max_iter=20, random_state=0).fit(DIGITS, DIGIT).score(DIGITS, DIGIT) > 0.9


def test_two_classes_may_have_two_outputs():
    model = MLPClassifier(module=nn.Linear(64, 2), max_iter=50, random_state=0).fit(
        DIGITS, np.where(DIGIT > 4, "b", "a")
    )
    assert (model.out_activation_, model.n_outputs_) == ("softmax", 2)
    chances = model.predict_proba(DIGITS)
    assert chances.shape == (1797, 2)
    np.testing.assert_array_equal(model.predict(DIGITS), np.array(["a", "b"])[chances.argmax(1)])
    assert model.score(DIGITS, np.where(DIGIT > 4, "b", "a")) > 0.85


def test_modules_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"shape \(2, 10\) for 2 rows, got \(2, 7\)"):
        MLPClassifier(module=nn.Linear(64, 7)).fit(DIGITS, DIGIT)
    with pytest.raises(ValueError, match=r"\(2, 1\) or \(2, 2\) for 2 rows, got \(2, 3\)"):
        MLPClassifier(module=nn.Linear(64, 3)).fit(DIGITS, DIGIT > 4)
    with pytest.raises(TypeError, match="must be a Module or make one, got int"):
        MLPClassifier(module=lambda inputs, outputs: 3).fit(DIGITS, DIGIT)
    with pytest.raises(ValueError, match="no parameters to train"):
        MLPClassifier(module=nn.Flatten()).fit(DIGITS[:, :10], DIGIT)
    with pytest.raises(ValueError, match="'module' parameter"):
        MLPClassifier(module=3).fit(DIGITS, DIGIT)


# --------------------------------------------------------------------------------------- warnings and errors


def test_warnings_are_those_of_scikit_learn():
    with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(2\) reached") as caught:
        MLPClassifier(max_iter=2).fit(DIGITS, DIGIT)
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="It is going to be clipped") as caught:
        MLPClassifier(max_iter=1, batch_size=5000).fit(DIGITS, DIGIT)
    assert caught[0].filename == __file__


def test_an_interrupt_ends_training(monkeypatch):
    model = MLPClassifier(random_state=0).fit(DIGITS[SOME], DIGIT[SOME])

    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("mocrograd.sklearn.descent.Descent.end_epoch", interrupted)
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        model.fit(DIGITS[SOME], DIGIT[SOME])
    assert model.n_iter_ == 1
    assert model.predict(DIGITS[SOME]).shape == (450,)


def test_epochs_are_printed_as_scikit_learn_prints_them(capsys):
    options = {"verbose": True, "max_iter": 60, "tol": 1e-2, "n_iter_no_change": 2, "random_state": 0}
    kinds = [options, {**options, "early_stopping": True}]
    kinds += [{**options, "solver": "sgd", "learning_rate": "adaptive", "tol": 0.1, "learning_rate_init": 1e-4}]
    for kind in kinds:
        neural_network.MLPClassifier(**kind).fit(DIGITS, DIGIT)
        theirs = capsys.readouterr().out
        MLPClassifier(**kind).fit(DIGITS, DIGIT)
        assert capsys.readouterr().out == theirs
        assert "Iteration 1, loss = " in theirs


NAN = DIGITS.copy()
NAN[3, 4] = np.nan


@pytest.mark.parametrize(
    ("options", "x", "y"),
    [
        ({"alpha": -1}, DIGITS, DIGIT),
        ({"hidden_layer_sizes": (3, 0)}, DIGITS, DIGIT),
        ({"hidden_layer_sizes": -1}, DIGITS, DIGIT),
        ({"activation": "gelu"}, DIGITS, DIGIT),
        ({"solver": "newton"}, DIGITS, DIGIT),
        ({"batch_size": 0}, DIGITS, DIGIT),
        ({"max_iter": 1.5}, DIGITS, DIGIT),
        ({"early_stopping": True, "validation_fraction": 1e-4}, DIGITS, DIGIT > 4),
        ({"early_stopping": True, "validation_fraction": 0.0}, DIGITS, DIGIT),
        ({}, NAN, DIGIT),
        ({}, DIGITS, DIGIT / 3),
        ({}, DIGITS, DIGIT[:-1]),
        ({}, DIGITS[0], DIGIT[:1]),
        ({}, DIGITS[:0], DIGIT[:0]),
        ({}, DIGITS.astype(str) + "x", DIGIT),
        ({}, DIGITS * 1j, DIGIT),
        ({}, DIGITS, None),
        ({"solver": "sgd", "learning_rate_init": 1e200}, DIGITS * 1e100, DIGIT),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_scikit_learn_refuses_is_refused_alike(options, x, y):
    expected = fault(neural_network.MLPClassifier, options, x, y)
    assert expected is not None
    assert fault(MLPClassifier, options, x, y) is expected


def fault(cls, options, x, y, **weights):
    """Return the type of what training raises, or None."""
    try:
        cls(max_iter=2, random_state=0).set_params(**options).fit(x, y, **weights)
    except Exception as error:
        return type(error)
    return None


@pytest.mark.parametrize("options", [{}, {"solver": "lbfgs"}], ids=["adam", "lbfgs"])
@pytest.mark.parametrize(
    ("x", "y"),
    [
        (DIGITS[SOME], np.zeros(450)),
        (DIGITS[SOME], ["same"] * 450),
        (DIGITS[:1], DIGIT[:1]),
        (DIGITS[SOME].astype(object), np.array([f"{d}" for d in DIGIT[SOME]], object)),
        (np.asfortranarray(DIGITS[SOME]), DIGIT[SOME].astype(">i2")),
        (DIGITS[SOME][:, ::-2], DIGIT[SOME].astype(bool)),
        (DIGITS[SOME].astype(">f8"), DIGIT[SOME, None]),
        ((DIGITS[SOME] * 16).astype(np.int8), DIGIT[SOME].astype(np.uint64)),
        (csr_matrix(DIGITS[SOME]), csr_matrix(LABELS[SOME])),
        (DIGITS[SOME].tolist(), DIGIT[SOME].tolist()),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
def test_what_scikit_learn_takes_is_taken(options, x, y):
    theirs = neural_network.MLPClassifier(max_iter=2, random_state=0, **options).fit(x, y).predict(x)
    ours = MLPClassifier(max_iter=2, random_state=0, **options).fit(x, y).predict(x)
    assert type(ours) is type(theirs)
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    if not options:
        assert (ours != theirs).sum() == 0


@pytest.mark.parametrize("y", [["a"] * 442, np.array(["2020-01-01"] * 442, "M8"), PROGRESS[1:]], ids=type)
def test_targets_that_are_no_numbers_are_refused(y):
    expected = fault(neural_network.MLPRegressor, {}, FEATURES, y)
    assert issubclass(expected, fault(MLPRegressor, {}, FEATURES, y))


def test_other_targets_than_before_are_refused():
    with pytest.raises(ValueError, match="got a sparse matrix"):
        MLPRegressor().fit(FEATURES, csr_matrix(TWO_COLUMNS))
    with pytest.raises(ValueError, match="y must have 2 columns as before, got 1"):
        MLPRegressor().partial_fit(FEATURES, TWO_COLUMNS).partial_fit(FEATURES, PROGRESS)


@pytest.mark.parametrize(
    "weights", [np.ones(3), np.full(1797, np.nan), np.ones((1797, 1)), ["a"] * 1797, np.zeros(1797)]
)
def test_weights_that_scikit_learn_refuses_are_refused_alike(weights):
    if "sample_weight" not in signature(neural_network.MLPClassifier.fit).parameters:
        pytest.skip("scikit-learn before 1.7")
    expected = fault(neural_network.MLPClassifier, {}, DIGITS, DIGIT, sample_weight=weights)
    assert expected is not None
    assert fault(MLPClassifier, {}, DIGITS, DIGIT, sample_weight=weights) is expected


def test_calls_out_of_order_are_refused():
    with pytest.raises(NotFittedError):
        MLPClassifier().predict(DIGITS)
    with pytest.raises(ValueError, match="classes must be passed"):
        MLPClassifier().partial_fit(DIGITS, DIGIT)
    with pytest.raises(ValueError, match="does not support early_stopping"):
        MLPRegressor(early_stopping=True).partial_fit(FEATURES, PROGRESS)
    model = MLPClassifier(max_iter=1).partial_fit(DIGITS, DIGIT, classes=range(10))
    with pytest.raises(ValueError, match="not the same as on last call"):
        model.partial_fit(DIGITS, DIGIT, classes=range(9))
    with pytest.raises(ValueError, match="classes not in"):
        model.partial_fit(DIGITS, DIGIT + 1)
    with pytest.raises(ValueError, match="expecting 64 features"):
        model.predict(DIGITS[:, :3])


def test_without_scikit_learn_the_import_says_what_to_install():
    program = """
import sys
sys.modules["sklearn"] = None
import mocrograd as mg
try:
    mg.sklearn
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert 'pip install "mocrograd[sklearn]"' in done.stdout


def test_importing_mocrograd_does_not_import_scikit_learn():
    program = "import sys, mocrograd; print([n for n in sys.modules if n.split('.')[0] in ('sklearn', 'scipy')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_infinite_losses_end_lbfgs_with_a_fault():
    random = np.random.RandomState(0)
    with pytest.raises(ValueError, match="non-finite"):
        MLPRegressor(solver="lbfgs", random_state=0).fit(random.rand(40, 5) * 1e200, random.rand(40))
